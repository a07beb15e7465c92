with source as (
    select * from {{ source('signals', 'posts') }}
),

renamed as (
    select
        -- ids
        post_id,

        -- strings
        language,
        reading_language,
        language_source,
        disclosure_class,
        disclosure_placement,
        disclosure_cue,
        extractor_version,

        -- numerics
        language_confidence,
        cue_start,
        cue_end,

        -- dates and timestamps
        read_at
    from source
)

select * from renamed
