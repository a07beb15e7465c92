with source as (
    select * from {{ source('rankings', 'influencer_rankings') }}
),

versions as (
    select * from {{ source('rankings', 'dim_score_versions') }}
)

select source.*
from source
inner join versions
    on source.score_version = versions.score_version and source.as_of_date = versions.last_as_of_date and versions.is_current
where source.population = 'public'
