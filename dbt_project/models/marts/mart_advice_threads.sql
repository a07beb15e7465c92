{#- Posts may answer each other in a circle, and a chain of answers may be as long as somebody likes. -#}
{%- set levels = 100 -%}

with recursive posts as (
    select
        post_id,
        parent_post_id
    from {{ ref('fct_posts') }}
),

questions as (
    select
        mentions.post_id,
        mentions.author_id,
        posts.channel_id,
        posts.url,
        mentions.said_at as asked_at,
        mentions.sentence,
        mentions.intent_confidence,
        mentions.span_start,
        mentions.mention_id,
        mentions.brand_id,
        mentions.product_id,
        mentions.topic_id,
        coalesce(brands.category, topics.category, topics.topic_name) as category
    from {{ ref('fct_mentions') }} as mentions
    inner join {{ ref('fct_posts') }} as posts on mentions.post_id = posts.post_id
    left join {{ ref('dim_brands') }} as brands on mentions.brand_id = brands.brand_id
    left join {{ ref('dim_topics') }} as topics on mentions.topic_id = topics.topic_id
    where
        mentions.intent = 'asks_advice'
        and mentions.intent_confidence >= {{ var('min_intent_confidence') }}
        and not mentions.is_in_link_title
        and not posts.is_deleted
        and coalesce(mentions.author_kind not in ('brand', 'employee', 'bot'), true)
),

-- the surest of a post's questions says what it asks about
asked as (
    select * from questions
    qualify row_number() over (partition by post_id order by intent_confidence desc, span_start asc nulls last, mention_id asc) = 1
),

asked_brands as (
    select
        questions.post_id,
        count(distinct questions.brand_id) as asked_brand_count,
        case when asked_brand_count = 1 then min(questions.brand_id) end as brand_id,
        case when asked_brand_count = 1 and count(distinct questions.product_id) = 1 then min(questions.product_id) end as product_id
    from questions
    inner join asked on questions.post_id = asked.post_id and questions.category = asked.category
    group by questions.post_id
),

above as (
    select
        asked.post_id as asking_post_id,
        asked.post_id,
        posts.parent_post_id,
        0 as level
    from asked
    inner join posts on asked.post_id = posts.post_id
    union all
    select
        above.asking_post_id,
        above.parent_post_id as post_id,
        posts.parent_post_id,
        above.level + 1 as level
    from above
    left join posts on above.parent_post_id = posts.post_id
    where above.parent_post_id is not null and above.level < {{ levels }}
),

roots as (
    select * from above
    qualify row_number() over (partition by asking_post_id order by level desc) = 1
),

answers as (
    select
        answers.*,
        asked.asked_at,
        brands.category = asked.category and coalesce(answers.author_kind not in ('brand', 'employee', 'bot'), true) as is_counted,
        brands.is_ours
    from {{ ref('mart_advice_answers') }} as answers
    inner join asked on answers.asking_post_id = asked.post_id
    left join {{ ref('dim_brands') }} as brands on answers.recommended_brand_id = brands.brand_id
),

answered as (
    select
        asking_post_id,
        count(distinct answer_post_id) as answer_count,
        count(distinct person_id) as answerer_count,
        min(answered_at) filter (where answered_at >= asked_at) as first_answered_at,
        count(distinct recommended_brand_id) filter (where is_counted) as recommended_brand_count,
        count(distinct recommended_product_id) filter (where is_counted) as recommended_product_count,
        coalesce(bool_or(is_ours) filter (where is_counted), false) as is_our_brand_recommended
    from answers
    group by asking_post_id
),

{% for object in ['brand', 'product'] -%}
    recommended_{{ object }}s as (
        select
            asking_post_id,
            recommended_{{ object }}_id,
            count(distinct person_id) as person_count,
            count(*) as answer_count,
            min(answered_at) as first_answered_at
        from answers
        where is_counted and recommended_{{ object }}_id is not null
        group by asking_post_id, recommended_{{ object }}_id
    ),

    top_{{ object }}s as (
        select
            asking_post_id,
            recommended_{{ object }}_id
        from recommended_{{ object }}s
        qualify row_number() over (
            partition by asking_post_id
            order by person_count desc, answer_count desc, first_answered_at asc, recommended_{{ object }}_id asc
        ) = 1
    ),

{% endfor -%}
our_categories as (
    select distinct category
    from {{ ref('dim_brands') }}
    where is_ours
)

select
    asked.post_id as asking_post_id,
    roots.post_id as thread_post_id,
    asked.channel_id,
    asked.author_id,
    bridge.person_id,
    asked.asked_at,
    asked.url,
    asked.sentence,
    asked.intent_confidence,
    asked.category,
    asked_brands.brand_id,
    asked_brands.product_id,
    asked.topic_id,
    asked_brands.asked_brand_count,
    coalesce(answered.answer_count, 0) as answer_count,
    coalesce(answered.answerer_count, 0) as answerer_count,
    answered.first_answered_at,
    {{ seconds_from('asked.asked_at', 'answered.first_answered_at') }} / 3600 as first_answer_hours,
    top_brands.recommended_brand_id as top_recommended_brand_id,
    coalesce(answered.recommended_brand_count, 0) as recommended_brand_count,
    top_products.recommended_product_id as top_recommended_product_id,
    coalesce(answered.recommended_product_count, 0) as recommended_product_count,
    coalesce(answered.answer_count, 0) > 0 as is_answered,
    case when our_categories.category is not null then coalesce(answered.is_our_brand_recommended, false) end as is_our_brand_recommended
from asked
left join asked_brands on asked.post_id = asked_brands.post_id
inner join roots on asked.post_id = roots.asking_post_id
left join answered on asked.post_id = answered.asking_post_id
left join top_brands on asked.post_id = top_brands.asking_post_id
left join top_products on asked.post_id = top_products.asking_post_id
left join our_categories on asked.category = our_categories.category
left join {{ ref('bridge_persons_authors') }} as bridge on asked.author_id = bridge.author_id
