{%- set fields = {
    'by': {'did': 'text'}, 'post': {'uri': 'text', 'author': {'did': 'text'}}, 'indexedAt': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('bluesky', 'reposts'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'bluesky' as platform_id,
        'bluesky:' || doc.by.did as actor_author_id,
        'bluesky:' || doc.post.author.did as target_author_id,
        'bluesky:' || doc.post.uri as target_post_id,

        -- strings
        'repost' as kind,

        -- dates and timestamps
        doc.indexedat as occurred_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
