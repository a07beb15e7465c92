{%- set fields = {
    'snippet': {
        'videoId': 'text', 'parentId': 'text', 'authorChannelId': {'value': 'text'}, 'textOriginal': 'text', 'textDisplay': 'text',
        'likeCount': 'count', 'publishedAt': 'timestamp', 'updatedAt': 'timestamp',
    },
} -%}

with source as (
    {{ observed_rows(source('youtube', 'comments'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'youtube' as platform_id,
        'youtube:' || native_id as post_id,
        'youtube:' || doc.snippet.authorchannelid.value as author_id,
        'youtube:' || coalesce(doc.snippet.parentid, doc.snippet.videoid) as parent_post_id,

        -- strings; asked for as plain text, the shown text is that and the written one only for its writer
        'https://www.youtube.com/watch?v=' || doc.snippet.videoid || '&lc=' || native_id as url,
        coalesce(doc.snippet.textoriginal, doc.snippet.textdisplay) as body,
        'text' as media_type,
        {{ urls_in('coalesce(doc.snippet.textoriginal, doc.snippet.textdisplay)') }} as links,

        -- numerics
        doc.snippet.likecount as like_count,

        -- dates and timestamps
        doc.snippet.publishedat as published_at,
        case when doc.snippet.updatedat > doc.snippet.publishedat then doc.snippet.updatedat end as edited_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
