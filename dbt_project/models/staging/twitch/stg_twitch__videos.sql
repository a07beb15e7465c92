{%- set fields = {
    'user_id': 'text', 'title': 'text', 'description': 'text', 'url': 'text', 'language': 'text', 'type': 'text', 'duration': 'text',
    'view_count': 'count', 'created_at': 'timestamp', 'published_at': 'timestamp',
} -%}
{%- set duration = '^(?:([0-9]{1,4})h)?(?:([0-9]{1,2})m)?(?:([0-9]{1,2})s)?$' -%}

with source as (
    {{ observed_rows(source('twitch', 'videos'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'twitch' as platform_id,
        'twitch:' || native_id as post_id,
        'twitch:' || nullif(doc.user_id, '') as author_id,

        -- strings
        doc.url,
        doc.title,
        doc.description as body,
        nullif(nullif(doc.language, 'other'), '') as language,
        'video' as media_type,
        doc.type as video_type,
        {{ list_concat(urls_in('doc.title'), urls_in('doc.description')) }} as links,

        -- numerics; a duration is like 1h2m3s
        case
            when regexp_matches(doc.duration, '[0-9]+s$')
                then
                    coalesce(try_cast(regexp_extract(doc.duration, '{{ duration }}', 1) as bigint), 0) * 3600
                    + coalesce(try_cast(regexp_extract(doc.duration, '{{ duration }}', 2) as bigint), 0) * 60
                    + try_cast(regexp_extract(doc.duration, '{{ duration }}', 3) as bigint)
        end as duration_seconds,
        doc.view_count,

        -- dates and timestamps
        coalesce(doc.published_at, doc.created_at) as published_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
