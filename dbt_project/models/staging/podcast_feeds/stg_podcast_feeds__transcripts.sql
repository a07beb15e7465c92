{%- set fields = {'podcast_id': 'text', 'guid': 'text', 'url': 'text', 'type': 'text', 'language': 'text', 'text': 'text'} -%}

with source as (
    {{ observed_rows(source('podcast_feeds', 'transcripts'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'podcast_feeds' as platform_id,
        'podcast_feeds:' || native_id as post_id,
        'podcast_feeds:' || doc.podcast_id as container_id,
        doc.guid as episode_guid,

        -- strings
        doc.url,
        doc.type as transcript_type,
        doc.language,
        doc.text as transcript,

        -- dates and timestamps
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
