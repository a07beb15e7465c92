with source as (
    select * from {{ source('attribution', 'influence_credits') }}
),

renamed as (
    select
        -- ids
        conversion_id,
        touch_id,
        post_id,
        author_id,

        -- numerics
        credit
    from source
)

select * from renamed
