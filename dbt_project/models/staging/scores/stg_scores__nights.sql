with source as (
    select * from {{ source('scores', 'nights') }}
),

renamed as (
    select
        as_of_date,
        ends_at
    from source
)

select * from renamed
