with source as (
    select * from {{ source('scores', 'authenticity') }}
),

renamed as (
    select
        author_id,
        authenticity
    from source
)

select * from renamed
