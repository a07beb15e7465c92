{{ config(materialized='keyed', key='post_id') }}

{%- set renamed -%}
select
    -- ids
    post_id,
    brand_id,
    product_id,
    topic_id,

    -- strings
    term,
    term_kind,
    matched_text,
    sentence,
    stance,
    intent,
    adoption_time,
    extractor_version,

    -- numerics
    span_start,
    span_end,
    stance_score,
    stance_confidence,
    intent_confidence,
    adoption_probability,

    -- dates and timestamps
    adopted_at,
    adopted_from,
    adopted_until
from {{ source('signals', 'mentions') }}
{%- endset -%}

-- posts are read again after any edit and whenever terms or models change: what came of it is compared
{{ compared('post_id', renamed) }}
