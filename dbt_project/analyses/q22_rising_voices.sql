-- Small voices that grow fast: people with few followers whose posts draw more engagement in four weeks than in the four before.
with asked as (
    select
        cast(null as varchar) as brand,  -- a brand's id or name; all brands by default
        cast(5000 as bigint) as audience,  -- fewer followers than this
        cast(2 as bigint) as posts  -- at least so many posts in the newer four weeks
),

posts as (
    select distinct
        mentions.person_id,
        mentions.post_id,
        mentions.said_at,
        coalesce(mentions.like_count, 0) + coalesce(mentions.comment_count, 0) + coalesce(mentions.share_count, 0) as engagement,
        mentions.reach
    from marts.mentions_enriched as mentions
    cross join asked
    where
        mentions.media_kind = 'earned'
        and mentions.person_id is not null
        and (asked.brand is null or asked.brand in (mentions.brand_id, mentions.brand))
),

newest as (
    select cast(max(said_at) as date) as day
    from posts
),

counted as (
    select
        posts.person_id,
        count(*) filter (where posts.said_at >= newest.day - 27) as posts_now,
        count(*) filter (where posts.said_at < newest.day - 27) as posts_before,
        cast(coalesce(sum(posts.engagement) filter (where posts.said_at >= newest.day - 27), 0) as bigint) as engagement_now,
        cast(coalesce(sum(posts.engagement) filter (where posts.said_at < newest.day - 27), 0) as bigint) as engagement_before,
        cast(sum(posts.reach) filter (where posts.said_at >= newest.day - 27) as bigint) as reach_now
    from posts
    cross join newest
    where posts.said_at >= newest.day - 55
    group by posts.person_id
)

select
    persons.person,
    persons.handle,
    persons.platform,
    persons.audience,
    counted.posts_now,
    counted.posts_before,
    counted.engagement_now,
    counted.engagement_before,
    cast(counted.engagement_now + 1 as double precision) / (counted.engagement_before + 1) as growth,
    counted.reach_now,
    persons.rank,
    persons.url,
    persons.person_id
from counted
inner join marts.persons_overview as persons on counted.person_id = persons.person_id
cross join asked
where
    persons.audience < asked.audience
    and counted.posts_now >= asked.posts
    and counted.engagement_now > counted.engagement_before
order by growth desc, counted.engagement_now desc, persons.person_id asc
limit 20
