{#- Posts may answer each other in a circle, and a chain of answers may be as long as somebody likes. -#}
{%- set levels = 100 -%}

with recursive posts as (
    select
        posts.post_id,
        posts.parent_post_id,
        posts.author_id,
        bridge.person_id,
        posts.url,
        coalesce(posts.published_at, posts.first_observed_at) as said_at,
        posts.is_deleted
    from {{ ref('fct_posts') }} as posts
    left join {{ ref('bridge_persons_authors') }} as bridge on posts.author_id = bridge.author_id
),

asked as (
    select distinct mentions.post_id
    from {{ ref('fct_mentions') }} as mentions
    inner join posts on mentions.post_id = posts.post_id
    where
        mentions.intent = 'asks_advice'
        and mentions.intent_confidence >= {{ var('min_intent_confidence') }}
        and not mentions.is_in_link_title
        and not posts.is_deleted
        and coalesce(mentions.author_kind not in ('brand', 'employee', 'bot'), true)
),

below as (
    select
        asked.post_id as asking_post_id,
        posts.post_id,
        1 as level
    from asked
    inner join posts on asked.post_id = posts.parent_post_id
    union all
    select
        below.asking_post_id,
        posts.post_id,
        below.level + 1 as level
    from below
    inner join posts on below.post_id = posts.parent_post_id
    where below.level < {{ levels }}
),

reached as (
    select distinct
        asking_post_id,
        post_id
    from below
    where post_id != asking_post_id
),

recommended as (
    select
        post_id,
        brand_id,
        product_id,
        intent_confidence,
        is_paid,
        sentence
    from {{ ref('fct_mentions') }}
    where
        intent = 'recommends'
        and not is_in_link_title
        and intent_confidence >= {{ var('min_intent_confidence') }}
        and not coalesce(stance = 'negative', false)
        and brand_id is not null
    qualify row_number() over (
        partition by post_id, brand_id order by intent_confidence desc, product_id asc nulls last, span_start asc, mention_id asc
    ) = 1
)

select
    {{ hashed_key(['reached.asking_post_id', 'reached.post_id', 'recommended.brand_id']) }} as advice_answer_id,
    reached.asking_post_id,
    reached.post_id as answer_post_id,
    answers.author_id,
    answers.person_id,
    authors.author_kind,
    answers.url,
    answers.said_at as answered_at,
    recommended.brand_id as recommended_brand_id,
    recommended.product_id as recommended_product_id,
    recommended.intent_confidence,
    recommended.is_paid,
    recommended.sentence
from reached
inner join posts as asking on reached.asking_post_id = asking.post_id
inner join posts as answers on reached.post_id = answers.post_id
left join recommended on reached.post_id = recommended.post_id
left join {{ ref('dim_authors') }} as authors on answers.author_id = authors.author_id and authors.is_current
where
    not answers.is_deleted
    and not coalesce(answers.person_id = asking.person_id, false)
