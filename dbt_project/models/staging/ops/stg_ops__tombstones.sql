{{ config(materialized='keyed', key="concat_ws(':', platform_id, native_id)") }}

with source as (
    select * from {{ source('ops', 'tombstones') }}
),

renamed as (
    select
        -- ids
        platform as platform_id,
        entity,
        native_id,
        source_name,
        source_run_id,

        -- strings
        kind,

        -- dates and timestamps
        seen_at
    from source
)

select * from renamed
