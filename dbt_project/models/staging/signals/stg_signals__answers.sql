{{ config(materialized='keyed', key='post_id') }}

{%- set renamed -%}
select
    -- ids
    post_id,

    -- strings
    said,
    sentence,
    adoption_time,

    -- dates and timestamps
    adopted_at,
    adopted_from,
    adopted_until
from {{ source('signals', 'answers') }}
{%- endset -%}

-- posts are read again after any edit and whenever terms or models change: what came of it is compared
{{ compared('post_id', renamed) }}
