with source as (
    select * from {{ source('ops', 'source_runs') }}
),

renamed as (
    select
        -- ids
        source_run_id,
        source_name,
        platform as platform_id,
        channel as channel_id,

        -- strings
        status,
        error,
        notes,

        -- numerics
        record_count,
        new_count,
        unchanged_count,
        tombstone_count,
        rejected_count,
        request_count,

        -- dates and timestamps
        night as observed_date,
        window_start as window_started_at,
        window_end as window_ended_at,
        started_at,
        finished_at
    from source
)

select * from renamed
