with source as (
    select * from {{ source('attribution', 'credits') }}
),

renamed as (
    select
        -- ids
        conversion_id,
        touch_id,
        post_id,
        author_id,

        -- strings
        model,

        -- numerics
        credit
    from source
)

select * from renamed
