select
    score_version,
    last_as_of_date as as_of_date
from {{ source('rankings', 'dim_score_versions') }}
where is_current
