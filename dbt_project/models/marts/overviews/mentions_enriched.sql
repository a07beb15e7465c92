{{ config(materialized='keyed', key='post_id', tells=['cast(said_on as string)']) }}

{% call keys('touched') %}
    with authors as (
        select key as author_id from {{ changes('dim_authors') }} as authors
        union
        select key as author_id from {{ changes('bridge_persons_authors') }} as bridges
        union
        select bridge.author_id
        from {{ ref('bridge_persons_authors') }} as bridge
        inner join {{ changes('dim_persons') }} as persons on bridge.person_id = persons.key
    )

    select key from {{ changes('fct_mentions') }} as mentions
    union all
    select key from {{ changes('fct_posts') }} as posts
    union all
    select key from {{ changes('fct_reach') }} as reach
    union all
    select key from {{ changes('fct_engagement') }} as engagement
    union all
    select mentions.post_id as key
    from {{ ref('fct_mentions') }} as mentions
    inner join authors on mentions.author_id = authors.author_id
{% endcall %}

with reach as (
    select
        post_id,
        reach_mid,
        method,
        follower_count
    from {{ ref('fct_reach') }}
    where {{ among('post_id') }}
    qualify row_number() over (partition by post_id order by observed_date desc) = 1
),

engagement as (
    select *
    from {{ ref('fct_engagement') }}
    where {{ among('post_id') }}
    qualify row_number() over (partition by post_id order by observed_date desc) = 1
)

select
    mentions.mention_id,
    mentions.said_at,
    {{ local_day('mentions.said_at') }} as said_on,
    brands.brand_name as brand,
    products.product_name as product,
    topics.topic_name as topic,
    coalesce(brands.is_ours, false) as is_ours,
    coalesce(persons.display_name, authors.display_name, authors.handle, mentions.author_id) as person,
    authors.handle,
    mentions.author_kind,
    posts.channel_id as channel,
    posts.platform_id as platform,
    posts.language,
    mentions.stance,
    mentions.stance_score,
    mentions.intent,
    mentions.intent_confidence,
    {{ media_kind('mentions') }} as media_kind,
    {{ is_voice() }} as is_voice,
    mentions.disclosure_class,
    mentions.sentence,
    posts.title,
    posts.url,
    reach.follower_count as audience,
    reach.reach_mid as reach,
    reach.method as reach_method,
    engagement.like_count,
    engagement.comment_count,
    engagement.share_count,
    engagement.view_count,
    mentions.brand_id,
    mentions.product_id,
    mentions.topic_id,
    bridge.person_id,
    mentions.author_id,
    mentions.post_id
from {{ ref('fct_mentions') }} as mentions
inner join {{ ref('fct_posts') }} as posts on mentions.post_id = posts.post_id
left join {{ ref('dim_authors') }} as authors on mentions.author_id = authors.author_id and authors.is_current
left join {{ ref('bridge_persons_authors') }} as bridge on mentions.author_id = bridge.author_id
left join {{ ref('dim_persons') }} as persons on bridge.person_id = persons.person_id
left join {{ ref('dim_brands') }} as brands on mentions.brand_id = brands.brand_id
left join {{ ref('dim_products') }} as products on mentions.product_id = products.product_id
left join {{ ref('dim_topics') }} as topics on mentions.topic_id = topics.topic_id
left join reach on mentions.post_id = reach.post_id
left join engagement on mentions.post_id = engagement.post_id
where {{ among('mentions.post_id') }} and not posts.is_deleted
