with mentions as (
    select
        mentions.*,
        posts.author_id,
        posts.published_at,
        coalesce(posts.published_at, posts.first_observed_at) as said_at
    from {{ ref('stg_signals__mentions') }} as mentions
    inner join {{ ref('int_posts') }} as posts on mentions.post_id = posts.post_id
)

select
    {{ hashed_key(['post_id', 'brand_id', 'product_id', 'span_start']) }} as mention_id,
    post_id,
    author_id,
    brand_id,
    product_id,
    term,
    term_kind,
    matched_text,
    span_start,
    span_end,
    published_at,
    author_id is not null
    and row_number() over (partition by author_id, brand_id order by said_at, post_id, span_start) = 1 as is_first_by_author,
    extractor_version
from mentions
