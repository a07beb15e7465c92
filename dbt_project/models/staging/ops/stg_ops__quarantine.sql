with source as (
    select * from {{ source('ops', 'quarantine') }}
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
        reason,
        payload,

        -- dates and timestamps
        observed_at
    from source
)

select * from renamed
