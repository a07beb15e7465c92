with source as (
    select * from {{ source('attribution', 'impacts') }}
),

renamed as (
    select
        as_of_date,
        person_id,
        brand_id,
        impact,
        impact_low,
        impact_high
    from source
)

select * from renamed
