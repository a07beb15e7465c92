{{ config(materialized='keyed', key='cast(said_on as string)', tells=["cast(cast(date_trunc('week', said_on) as date) as string)"]) }}

{% call keys('touched') %}
    select key from {{ changes('mentions_enriched') }} as mentions
{% endcall %}

with mentions as (
    select
        *,
        coalesce(like_count, comment_count, share_count) is not null as is_counted,
        {{ wide('coalesce(like_count, 0)') }} + coalesce(comment_count, 0) + coalesce(share_count, 0) as engagement,
        row_number() over (partition by post_id, brand_id order by mention_id) = 1 as is_first_of_post
    from {{ ref('mentions_enriched') }}
    where {{ among('cast(said_on as string)') }} and brand_id is not null
),

counted as (
    select
        said_on,
        brand_id,
        channel as channel_id,
        media_kind,
        is_voice,
        person_id,
        case when person_id is null then post_id end as post_id,
        count(*) as mention_count,
        count(*) filter (where stance = 'positive') as positive_mention_count,
        count(*) filter (where stance = 'neutral') as neutral_mention_count,
        count(*) filter (where stance = 'negative') as negative_mention_count,
        count(*) filter (where is_first_of_post) as post_count,
        sum(reach) filter (where is_first_of_post) as reach,
        count(reach) filter (where is_first_of_post) as reach_post_count,
        sum(engagement) filter (where is_first_of_post and is_counted) as engagement,
        count(*) filter (where is_first_of_post and is_counted) as counted_post_count
    from mentions
    group by all
)

select
    counted.said_on,
    counted.brand_id,
    counted.channel_id,
    counted.media_kind,
    counted.is_voice,
    counted.person_id,
    counted.post_id,
    counted.mention_count,
    counted.positive_mention_count,
    counted.neutral_mention_count,
    counted.negative_mention_count,
    counted.post_count,
    counted.reach_post_count,
    counted.counted_post_count,
    brands.category,
    {{ more_positive('counted') }} as more_positive_mention_count,
    {{ mentions_read('counted') }} as read_mention_count,
    {{ as_count('counted.reach') }} as reach,
    {{ as_count('counted.engagement') }} as engagement
from counted
inner join {{ ref('dim_brands') }} as brands on counted.brand_id = brands.brand_id
