with source as (
    select * from {{ source('rankings', 'ranking_evidence') }}
)

select source.*
from source
inner join {{ ref('stg_rankings__version_in_use') }} as version
    on source.score_version = version.score_version and source.as_of_date = version.as_of_date
