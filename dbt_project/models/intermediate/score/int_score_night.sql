select
    as_of_date,
    {{ days_after('cast(as_of_date as timestamptz)', 1) }} as ends_at,
    {{ days_after('cast(as_of_date as timestamptz)', '1 - ' ~ var('score_days')) }} as begins_at
from {{ ref('stg_scores__nights') }}
