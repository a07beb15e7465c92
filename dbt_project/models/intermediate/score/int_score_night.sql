select
    as_of_date,
    ends_at,
    {{ days_after('ends_at', '- ' ~ var('score_days')) }} as begins_at
from {{ ref('stg_scores__nights') }}
