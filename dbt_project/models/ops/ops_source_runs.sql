select * from {{ ref('stg_ops__source_runs') }}
