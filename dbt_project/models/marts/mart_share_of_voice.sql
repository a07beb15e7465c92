with voices as (
    select
        mentions.mention_id,
        mentions.post_id,
        mentions.brand_id,
        posts.channel_id as posted_on,
        cast(date_trunc('week', mentions.said_at) as date) as week_start_date,
        bridge.person_id,
        mentions.stance,
        mentions.is_paid,
        coalesce(mentions.author_kind in ('brand', 'employee'), false) as is_owned,
        coalesce(mentions.author_kind = 'bot', false) as is_bot
    from {{ ref('fct_mentions') }} as mentions
    inner join {{ ref('fct_posts') }} as posts on mentions.post_id = posts.post_id
    left join {{ ref('bridge_persons_authors') }} as bridge on mentions.author_id = bridge.author_id
    where mentions.brand_id is not null and not posts.is_deleted
),

on_channels as (
    select
        *,
        posted_on as channel_id
    from voices
    union all
    select
        *,
        'all' as channel_id
    from voices
),

counted as (
    select
        brand_id,
        channel_id,
        week_start_date,
        count(*) filter (where not is_owned and not is_bot) as mention_count,
        count(distinct post_id) filter (where not is_owned and not is_bot) as post_count,
        count(distinct person_id) filter (where not is_owned and not is_bot) as person_count,
        count(*) filter (where not is_owned and not is_bot and stance = 'positive') as positive_mention_count,
        count(*) filter (where not is_owned and not is_bot and stance = 'neutral') as neutral_mention_count,
        count(*) filter (where not is_owned and not is_bot and stance = 'negative') as negative_mention_count,
        count(*) filter (where not is_owned and not is_bot and stance is null) as unread_mention_count,
        count(*) filter (where not is_owned and not is_bot and not is_paid) as earned_mention_count,
        count(*) filter (where not is_owned and not is_bot and is_paid) as paid_mention_count,
        count(*) filter (where is_owned) as owned_mention_count,
        count(*) filter (where is_bot) as bot_mention_count
    from on_channels
    group by brand_id, channel_id, week_start_date
),

latest_reach as (
    select
        post_id,
        reach_mid
    from {{ ref('fct_reach') }}
    qualify row_number() over (partition by post_id order by observed_date desc) = 1
),

reached as (
    select
        posts.brand_id,
        posts.channel_id,
        posts.week_start_date,
        sum(latest_reach.reach_mid) as reach,
        count(latest_reach.reach_mid) as reach_post_count
    from (
        select distinct
            brand_id,
            channel_id,
            week_start_date,
            post_id
        from on_channels
        where not is_owned and not is_bot
    ) as posts
    inner join latest_reach on posts.post_id = latest_reach.post_id
    group by posts.brand_id, posts.channel_id, posts.week_start_date
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
    coalesce(counted.mention_count, 0)
    / nullif(sum(counted.mention_count) over (partition by cells.category, cells.channel_id, cells.week_start_date), 0) as mention_share,
    coalesce(counted.person_count, 0)
    / nullif(sum(counted.person_count) over (partition by cells.category, cells.channel_id, cells.week_start_date), 0) as person_share,
    (counted.positive_mention_count - counted.negative_mention_count)
    / nullif(counted.positive_mention_count + counted.neutral_mention_count + counted.negative_mention_count, 0) as net_stance,
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
