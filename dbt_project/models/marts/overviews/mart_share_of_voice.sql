{{ config(materialized='keyed', key='cast(week_start_date as string)') }}

{% call keys('touched') %}
    select key from {{ changes('mart_voice_daily') }} as days
{% endcall %}

with on_channels as (
    select
        brand_id,
        {{ each(list_of('channel_id', "'all'")) }} as channel_id,
        cast(date_trunc('week', said_on) as date) as week_start_date,
        person_id,
        media_kind,
        is_voice,
        mention_count,
        post_count,
        positive_mention_count,
        neutral_mention_count,
        negative_mention_count,
        more_positive_mention_count,
        read_mention_count,
        reach,
        reach_post_count
    from {{ ref('mart_voice_daily') }}
    where {{ among("cast(cast(date_trunc('week', said_on) as date) as string)") }}
),

counted as (
    select
        brand_id,
        channel_id,
        week_start_date,
        cast(sum(mention_count) filter (where is_voice) as bigint) as mention_count,
        cast(sum(post_count) filter (where is_voice) as bigint) as post_count,
        count(distinct person_id) filter (where is_voice) as person_count,
        cast(sum(positive_mention_count) filter (where is_voice) as bigint) as positive_mention_count,
        cast(sum(neutral_mention_count) filter (where is_voice) as bigint) as neutral_mention_count,
        cast(sum(negative_mention_count) filter (where is_voice) as bigint) as negative_mention_count,
        cast(sum(more_positive_mention_count) filter (where is_voice) as bigint) as more_positive_mention_count,
        cast(sum(read_mention_count) filter (where is_voice) as bigint) as read_mention_count,
        cast(sum(mention_count) filter (where media_kind = 'earned') as bigint) as earned_mention_count,
        cast(sum(mention_count) filter (where media_kind = 'paid') as bigint) as paid_mention_count,
        cast(sum(mention_count) filter (where media_kind = 'owned') as bigint) as owned_mention_count,
        cast(sum(mention_count) filter (where media_kind = 'bot') as bigint) as bot_mention_count,
        sum(reach) filter (where is_voice) as reach,
        cast(sum(reach_post_count) filter (where is_voice) as bigint) as reach_post_count
    from on_channels
    group by brand_id, channel_id, week_start_date
),

-- every brand of a category stands in each week and channel in which one of them was mentioned
cells as (
    select distinct
        brands.category,
        counted.channel_id,
        counted.week_start_date
    from counted
    inner join {{ ref('dim_brands') }} as brands on counted.brand_id = brands.brand_id
)

select
    brands.brand_id,
    cells.channel_id,
    cells.week_start_date,
    cells.category,
    coalesce(counted.mention_count, 0) as mention_count,
    coalesce(counted.post_count, 0) as post_count,
    coalesce(counted.person_count, 0) as person_count,
    coalesce(counted.positive_mention_count, 0) as positive_mention_count,
    coalesce(counted.neutral_mention_count, 0) as neutral_mention_count,
    coalesce(counted.negative_mention_count, 0) as negative_mention_count,
    coalesce(counted.more_positive_mention_count, 0) as more_positive_mention_count,
    coalesce(counted.read_mention_count, 0) as read_mention_count,
    coalesce(counted.mention_count - counted.read_mention_count, 0) as unread_mention_count,
    coalesce(counted.earned_mention_count, 0) as earned_mention_count,
    coalesce(counted.paid_mention_count, 0) as paid_mention_count,
    coalesce(counted.owned_mention_count, 0) as owned_mention_count,
    coalesce(counted.bot_mention_count, 0) as bot_mention_count,
    cast(sum(coalesce(counted.mention_count, 0)) over (partition by cells.category, cells.channel_id, cells.week_start_date) as bigint)
        as category_mention_count,
    coalesce(counted.mention_count, 0)
    / nullif(sum(counted.mention_count) over (partition by cells.category, cells.channel_id, cells.week_start_date), 0) as mention_share,
    coalesce(counted.person_count, 0)
    / nullif(sum(counted.person_count) over (partition by cells.category, cells.channel_id, cells.week_start_date), 0) as person_share,
    {{ net_sentiment('counted') }} as net_sentiment,
    {{ as_count('counted.reach') }} as reach,
    coalesce(counted.reach_post_count, 0) as reach_post_count
from cells
inner join {{ ref('dim_brands') }} as brands on cells.category = brands.category
left join counted
    on
        brands.brand_id = counted.brand_id
        and cells.channel_id = counted.channel_id
        and cells.week_start_date = counted.week_start_date
