{%- set fields = {
    'url': 'text', 'broadcaster_id': 'text', 'creator_id': 'text', 'video_id': 'text', 'game_id': 'text', 'language': 'text',
    'title': 'text', 'view_count': 'count', 'duration': 'double', 'created_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('twitch', 'clips'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids; a clip shows a piece of a video, empty once that is gone
        'twitch' as platform_id,
        'twitch:' || native_id as post_id,
        'twitch:' || nullif(nullif(doc.creator_id, '0'), '') as author_id,
        'twitch:' || nullif(doc.video_id, '') as quoted_post_id,
        case
            when doc.broadcaster_id is null or doc.broadcaster_id in ('', '0', coalesce(doc.creator_id, '')) then {{ list_of() }}
            else {{ list_of("'twitch:' || doc.broadcaster_id") }}
        end as mentioned_author_ids,
        nullif(doc.game_id, '') as game_id,

        -- strings
        doc.url,
        doc.title,
        nullif(nullif(doc.language, 'other'), '') as language,
        'video' as media_type,
        {{ urls_in('doc.title') }} as links,

        -- numerics
        round(doc.duration)::bigint as duration_seconds,
        doc.view_count,

        -- dates and timestamps
        doc.created_at as published_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
