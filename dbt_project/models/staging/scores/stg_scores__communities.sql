with source as (
    select * from {{ source('scores', 'communities') }}
),

renamed as (
    select
        person_id,
        community_id
    from source
)

select * from renamed
