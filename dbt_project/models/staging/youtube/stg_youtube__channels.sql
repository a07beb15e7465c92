{%- set fields = {
    'snippet': {'title': 'text', 'description': 'text', 'customUrl': 'text', 'publishedAt': 'timestamp'},
    'statistics': {'subscriberCount': 'audience', 'hiddenSubscriberCount': 'boolean', 'videoCount': 'count'},
} -%}

with source as (
    {{ observed_rows(source('youtube', 'channels'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'youtube' as platform_id,
        'youtube:' || native_id as author_id,

        -- strings
        doc.snippet.customurl as handle,
        doc.snippet.title as display_name,
        'https://www.youtube.com/channel/' || native_id as url,
        doc.snippet.description as bio,
        {{ urls_in('doc.snippet.description') }} as websites,

        -- numerics; YouTube rounds subscribers to three figures, and writes 0 where they are hidden
        case when not coalesce(doc.statistics.hiddensubscribercount, false) then doc.statistics.subscribercount end as subscriber_count,
        doc.statistics.videocount as video_count,

        -- dates and timestamps
        doc.snippet.publishedat as registered_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
