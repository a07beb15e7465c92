with said as (
    select
        *,
        false as is_inferred
    from {{ ref('stg_signals__mentions') }}
    union all by name
    select
        *,
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
        coalesce(
            posts.media_type = 'link' and not posts.is_title_inherited and mentions.span_start < length(posts.title), false
        ) as is_in_link_title
    from said as mentions
    inner join {{ ref('int_posts') }} as posts on mentions.post_id = posts.post_id
)

select
    {{ hashed_key(
        ['mentions.post_id', 'mentions.named', 'mentions.product_id', 'coalesce(cast(mentions.span_start as varchar), mentions.term, \'inferred\')']
    ) }} as mention_id,
    mentions.post_id,
    mentions.author_id,
    authors.author_kind,
    mentions.brand_id,
    mentions.product_id,
    mentions.topic_id,
    mentions.term,
    mentions.term_kind,
    mentions.matched_text,
    mentions.span_start,
    mentions.span_end,
    mentions.sentence,
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
        partition by mentions.author_id, mentions.named order by mentions.said_at, mentions.post_id, mentions.span_start, mentions.term
    ) = 1 as is_first_by_author,
    mentions.extractor_version
from mentions
left join {{ ref('stg_signals__posts') }} as read on mentions.post_id = read.post_id
left join {{ ref('dim_authors') }} as authors on mentions.author_id = authors.author_id and authors.is_current
