with source as (
    select * from {{ source('signals', 'answers') }}
),

renamed as (
    select
        -- ids
        post_id,

        -- strings
        said,
        sentence,
        adoption_time,

        -- dates and timestamps
        adopted_at,
        adopted_from,
        adopted_until
    from source
)

select * from renamed
