{{ config(materialized='keyed', key='cast(week_start_date as varchar)') }}

{% call keys('touched') %}
    select key from {{ changes('int_voices') }} as voices
{% endcall %}

with voices as (
    select * from {{ ref('int_voices') }}
    where {{ among('cast(week_start_date as varchar)') }}
),

on_channels as (
    select * from voices
    union all
    select * replace ('all' as channel_id) from voices
),

counted as (
    select
        brand_id,
        channel_id,
        week_start_date,
        count(*) filter (where {{ is_voice() }}) as mention_count,
        count(distinct post_id) filter (where {{ is_voice() }}) as post_count,
        count(distinct person_id) filter (where {{ is_voice() }}) as person_count,
        count(*) filter (where {{ is_voice() }} and stance = 'positive') as positive_mention_count,
        count(*) filter (where {{ is_voice() }} and stance = 'neutral') as neutral_mention_count,
        count(*) filter (where {{ is_voice() }} and stance = 'negative') as negative_mention_count,
        count(*) filter (where {{ is_voice() }} and stance is null) as unread_mention_count,
        count(*) filter (where media_kind = 'earned') as earned_mention_count,
        count(*) filter (where media_kind = 'paid') as paid_mention_count,
        count(*) filter (where media_kind = 'owned') as owned_mention_count,
        count(*) filter (where media_kind = 'bot') as bot_mention_count
    from on_channels
    group by brand_id, channel_id, week_start_date
),

reached as (
    select
        brand_id,
        channel_id,
        week_start_date,
        sum(reach_mid) as reach,
        count(reach_mid) as reach_post_count
    from (
        select distinct
            brand_id,
            channel_id,
            week_start_date,
            post_id,
            reach_mid
        from on_channels
        where {{ is_voice() }}
    ) as posts
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
    coalesce(counted.unread_mention_count, 0) as unread_mention_count,
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
    {{ as_count('reached.reach') }} as reach,
    coalesce(reached.reach_post_count, 0) as reach_post_count
from cells
inner join {{ ref('dim_brands') }} as brands on cells.category = brands.category
left join counted
    on
        brands.brand_id = counted.brand_id
        and cells.channel_id = counted.channel_id
        and cells.week_start_date = counted.week_start_date
left join reached
    on
        brands.brand_id = reached.brand_id
        and cells.channel_id = reached.channel_id
        and cells.week_start_date = reached.week_start_date
