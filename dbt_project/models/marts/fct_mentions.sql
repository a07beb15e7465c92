{%- set place = "author_id || ' ' || coalesce(brand_id, 'topic:' || topic_id)" -%}

{{ config(materialized='keyed', key='post_id') }}

{% call keys('told') %}
    select key from {{ changes('stg_signals__mentions') }} as mentions
    union all
    select key from {{ changes('int_inferred_mentions') }} as inferred
    union all
    select key from {{ changes('stg_signals__posts') }} as signals
    union all
    select key
    from {{ changes('int_posts') }} as posts
    where
        key in (select post_id from {{ ref('stg_signals__mentions') }})
        or key in (select post_id from {{ ref('int_inferred_mentions') }})
    union all
    select mentions.post_id as key
    from {{ this }} as mentions
    left join {{ ref('dim_authors') }} as authors on mentions.author_id = authors.author_id and authors.is_current
    where
        mentions.author_id in (select key from {{ changes('dim_authors') }} as changed)
        and mentions.author_kind is distinct from authors.author_kind
{% endcall %}

-- authors and what they name, where another mention may be the first now
{% call keys('unsure') %}
    select {{ place }} as key from {{ this }} where post_id in {{ keys_of('told') }}
    union all
    select posts.author_id || ' ' || mentions.named as key
    from (
        select post_id, coalesce(brand_id, 'topic:' || topic_id) as named from {{ ref('stg_signals__mentions') }}
        union all
        select post_id, brand_id as named from {{ ref('int_inferred_mentions') }}
    ) as mentions
    inner join {{ ref('int_posts') }} as posts on mentions.post_id = posts.post_id
    where mentions.post_id in {{ keys_of('told') }}
{% endcall %}

-- the first until now, or all where that was told anew
{% call keys('touched') %}
    select key from {{ keys_of('told') }} as told
    union all
    select post_id as key from {{ this }} where is_first_by_author and {{ place }} in {{ keys_of('unsure') }}
    union all
    select post_id as key
    from {{ this }}
    where {{ place }} in (select {{ place }} from {{ this }} where is_first_by_author and post_id in {{ keys_of('told') }})
{% endcall %}

-- and what else these posts name: who named it first stays so
{% call keys('read') %}
    select key from {{ keys_of('touched') }} as touched
    union all
    select post_id as key
    from {{ this }}
    where is_first_by_author and {{ place }} in (select {{ place }} from {{ this }} where post_id in {{ keys_of('touched') }})
{% endcall %}

with said as (
    select
        post_id,
        brand_id,
        product_id,
        topic_id,
        term,
        term_kind,
        matched_text,
        sentence,
        stance,
        intent,
        adoption_time,
        extractor_version,
        span_start,
        span_end,
        stance_score,
        stance_confidence,
        intent_confidence,
        adoption_probability,
        adopted_at,
        adopted_from,
        adopted_until,
        false as is_inferred
    from {{ ref('stg_signals__mentions') }}
    union all
    select
        post_id,
        brand_id,
        product_id,
        null as topic_id,
        null as term,
        null as term_kind,
        null as matched_text,
        sentence,
        stance,
        intent,
        adoption_time,
        extractor_version,
        null as span_start,
        null as span_end,
        stance_score,
        stance_confidence,
        intent_confidence,
        adoption_probability,
        adopted_at,
        adopted_from,
        adopted_until,
        true as is_inferred
    from {{ ref('int_inferred_mentions') }}
),

mentions as (
    select
        mentions.*,
        coalesce(mentions.brand_id, 'topic:' || mentions.topic_id) as named,
        posts.author_id,
        posts.published_at,
        coalesce(posts.published_at, posts.first_observed_at) as said_at,
        posts.is_paid_partnership,
        posts.is_withheld,
        coalesce(
            posts.media_type = 'link' and not posts.is_title_inherited and mentions.span_start < posts.title_length, false
        ) as is_in_link_title
    from said as mentions
    inner join {{ ref('int_posts') }} as posts on mentions.post_id = posts.post_id
    where {{ among('mentions.post_id', 'read') }}
)

select
    {{ hashed_key(
        ['mentions.post_id', 'mentions.named', 'mentions.product_id', 'coalesce(cast(mentions.span_start as string), mentions.term, \'inferred\')']
    ) }} as mention_id,
    mentions.post_id,
    mentions.author_id,
    authors.author_kind,
    mentions.brand_id,
    mentions.product_id,
    mentions.topic_id,
    mentions.term,
    mentions.term_kind,
    case when mentions.is_withheld then null else mentions.matched_text end as matched_text,
    mentions.span_start,
    mentions.span_end,
    case when mentions.is_withheld then null else mentions.sentence end as sentence,
    mentions.is_in_link_title,
    mentions.is_inferred,
    mentions.published_at,
    mentions.said_at,
    mentions.stance,
    mentions.stance_score,
    mentions.stance_confidence,
    mentions.intent,
    mentions.intent_confidence,
    mentions.adoption_probability,
    mentions.adoption_time,
    -- never after the post; least() alone would take the post's time for one that is not told
    case when mentions.adopted_at is not null then least(mentions.adopted_at, mentions.said_at) end as adopted_at,
    mentions.adopted_from,
    case when mentions.adopted_until is not null then least(mentions.adopted_until, mentions.said_at) end as adopted_until,
    read.disclosure_class,
    coalesce(nullif(mentions.is_paid_partnership, false), read.disclosure_class != 'none') as is_paid,
    mentions.author_id is not null
    and row_number() over (
        partition by mentions.author_id, mentions.named
        order by mentions.said_at asc, mentions.post_id asc, mentions.span_start asc nulls last, mentions.term asc nulls last
    ) = 1 as is_first_by_author,
    mentions.extractor_version
from mentions
left join {{ ref('stg_signals__posts') }} as read on mentions.post_id = read.post_id
left join {{ ref('dim_authors') }} as authors on mentions.author_id = authors.author_id and authors.is_current
