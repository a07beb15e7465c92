with source as (
    select * from {{ source('signals', 'mentions') }}
),

renamed as (
    select
        -- ids
        post_id,
        brand_id,
        product_id,

        -- strings
        term,
        term_kind,
        matched_text,
        extractor_version,

        -- numerics
        span_start,
        span_end
    from source
)

select * from renamed
