{{ config(materialized='keyed', key='post_id') }}

with source as (
    select * from {{ source('ops', 'withheld') }}
),

renamed as (
    select
        -- ids
        post_id,

        -- strings
        reason,
        title_hash,

        -- numerics
        title_length,

        -- booleans
        is_title_inherited,

        -- dates and timestamps
        withheld_at
    from source
)

select * from renamed
