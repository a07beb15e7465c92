with source as (
    select * from {{ source('attribution', 'adoption_credits') }}
),

renamed as (
    select
        adoption_id,
        brand_id,
        author_id,
        adopted_at,
        credit
    from source
)

select * from renamed
