-- When and where words about a brand go furthest: mean engagement of people's posts by channel, weekday and part of the day (UTC).
with asked as (
    select
        cast(null as varchar) as brand,  -- a brand's id or name; all of ours by default
        cast(5 as bigint) as posts  -- at least so many posts
),

brands as (
    select
        brands.brand_id,
        brands.brand_name
    from marts.dim_brands as brands
    cross join asked
    where asked.brand in (brands.brand_id, brands.brand_name) or (asked.brand is null and brands.is_ours)
),

posts as (
    select distinct
        mentions.post_id,
        mentions.channel,
        extract(isodow from mentions.said_at at time zone 'UTC') as weekday_number,
        extract(hour from mentions.said_at at time zone 'UTC') as hour_number,
        coalesce(mentions.like_count, 0) + coalesce(mentions.comment_count, 0) + coalesce(mentions.share_count, 0) as engagement,
        mentions.reach
    from marts.mentions_enriched as mentions
    inner join brands on mentions.brand_id = brands.brand_id
    where
        mentions.media_kind in ('earned', 'paid')
        and coalesce(mentions.like_count, mentions.comment_count, mentions.share_count) is not null
)

select
    posts.channel,
    posts.weekday_number,
    case
        when posts.hour_number < 6 then '00 to 06'
        when posts.hour_number < 12 then '06 to 12'
        when posts.hour_number < 18 then '12 to 18'
        else '18 to 24'
    end as hours,
    count(*) as post_count,
    avg(posts.engagement) as mean_engagement,
    avg(posts.reach) as mean_reach
from posts
cross join asked
group by
    posts.channel,
    posts.weekday_number,
    case
        when posts.hour_number < 6 then '00 to 06'
        when posts.hour_number < 12 then '06 to 12'
        when posts.hour_number < 18 then '12 to 18'
        else '18 to 24'
    end,
    asked.posts
having count(*) >= asked.posts
order by mean_engagement desc, posts.channel asc, posts.weekday_number asc, hours asc
limit 20
