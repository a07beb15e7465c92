{{ config(materialized='keyed', key='post_id') }}

{%- set renamed -%}
select
    -- ids
    post_id,

    -- strings
    language,
    reading_language,
    language_source,
    disclosure_class,
    disclosure_placement,
    disclosure_cue,
    extractor_version,

    -- numerics
    language_confidence,
    cue_start,
    cue_end,

    -- dates and timestamps
    read_at
from {{ source('signals', 'posts') }}
{%- endset -%}

-- posts are read again after any edit and whenever terms or models change: what came of it is compared
{{ compared('post_id', renamed) }}
