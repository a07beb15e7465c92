-- Who starts talk of a brand, and who passes on or takes up what others said: own posts against answers, quotes and reposts.
with asked as (
    select cast(null as varchar) as brand  -- a brand's id or name; all brands by default
),

spoken as (
    select distinct
        mentions.person_id,
        mentions.post_id
    from marts.mentions_enriched as mentions
    cross join asked
    where
        mentions.person_id is not null
        and (
            asked.brand in (mentions.brand_id, mentions.brand)
            or (asked.brand is null and mentions.brand_id is not null)
        )
),

posts as (
    select
        spoken.person_id,
        spoken.post_id,
        posts.parent_post_id is null and posts.quoted_post_id is null as is_start
    from spoken
    inner join marts.fct_posts as posts on spoken.post_id = posts.post_id
),

said as (
    select
        person_id,
        count(*) filter (where is_start) as started_count,
        count(*) filter (where not is_start) as answered_count
    from posts
    group by person_id
),

post_ids as (
    select distinct post_id
    from spoken
),

passed as (
    select
        bridge.person_id,
        count(*) as reposted_count
    from marts.fct_interactions as interactions
    inner join post_ids on interactions.target_post_id = post_ids.post_id
    inner join marts.bridge_persons_authors as bridge on interactions.actor_author_id = bridge.author_id
    where interactions.kind = 'repost'
    group by bridge.person_id
),

taken as (
    select
        posts.person_id,
        count(*) as taken_up_count
    from marts.fct_interactions as interactions
    inner join posts on interactions.target_post_id = posts.post_id
    where interactions.kind in ('repost', 'reply', 'quote') and posts.is_start
    group by posts.person_id
)

select
    persons.person,
    persons.handle,
    case
        when coalesce(said.started_count, 0) >= coalesce(said.answered_count, 0) + coalesce(passed.reposted_count, 0) then 'starts'
        else 'passes on'
    end as role,
    coalesce(said.started_count, 0) as started_count,
    coalesce(taken.taken_up_count, 0) as taken_up_count,
    coalesce(said.answered_count, 0) as answered_count,
    coalesce(passed.reposted_count, 0) as reposted_count,
    persons.url,
    persons.person_id
from marts.persons_overview as persons
left join said on persons.person_id = said.person_id
left join passed on persons.person_id = passed.person_id
left join taken on persons.person_id = taken.person_id
where persons.person_kind = 'person' and (said.person_id is not null or passed.person_id is not null)
order by
    coalesce(taken.taken_up_count, 0) + coalesce(passed.reposted_count, 0) desc,
    coalesce(said.started_count, 0) + coalesce(said.answered_count, 0) desc,
    persons.person_id asc
limit 20
