with source as (
    select * from {{ source('ops', 'kept_sightings') }}
),

renamed as (
    select
        -- ids
        sighting_id,
        post_id,
        platform_id,
        container_id,

        -- strings
        proof,
        url,

        -- dates and timestamps
        first_observed_at,
        last_observed_at
    from source
)

select * from renamed
