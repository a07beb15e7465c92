-- One row per brand and post that mentions it: how many people it had reached when it was last observed; reported, estimated or unknown.
with reached as (
    select
        post_id,
        method,
        reported_value,
        reach_low,
        reach_mid,
        reach_high,
        row_number() over (partition by post_id order by observed_date desc) as position
    from marts.fct_reach
),

mentioned as (
    select distinct
        brand_id,
        post_id
    from marts.fct_mentions
    where brand_id is not null
)

select
    brands.brand_name as brand,
    posts.post_id,
    posts.url,
    channels.channel_name as channel,
    posts.published_at,
    reached.method,
    reached.reported_value,
    reached.reach_low,
    reached.reach_mid,
    reached.reach_high
from mentioned
inner join marts.dim_brands as brands on mentioned.brand_id = brands.brand_id
inner join marts.fct_posts as posts on mentioned.post_id = posts.post_id
inner join marts.dim_channels as channels on posts.channel_id = channels.channel_id
inner join reached on mentioned.post_id = reached.post_id and reached.position = 1
where not posts.is_deleted
