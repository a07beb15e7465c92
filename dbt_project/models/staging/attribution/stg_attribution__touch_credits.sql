with source as (
    select * from {{ source('attribution', 'touch_credits') }}
),

renamed as (
    select
        -- ids
        touch_id,

        -- numerics
        markov,
        shapley
    from source
)

select * from renamed
