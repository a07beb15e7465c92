{%- set fields = {
    'snippet': {
        'publishedAt': 'timestamp', 'channelId': 'text', 'title': 'text', 'description': 'text', 'tags': ['text'],
        'defaultAudioLanguage': 'text', 'defaultLanguage': 'text',
    },
    'contentDetails': {'duration': 'text'},
    'statistics': {'viewCount': 'count', 'likeCount': 'count', 'commentCount': 'count'},
    'paidProductPlacementDetails': {'hasPaidProductPlacement': 'boolean'},
} -%}
{%- set duration = '^P(?:([0-9]{1,3})D)?T?(?:([0-9]{1,4})H)?(?:([0-9]{1,4})M)?(?:([0-9]{1,6})S)?$' -%}

with source as (
    {{ observed_rows(source('youtube', 'videos'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'youtube' as platform_id,
        'youtube:' || native_id as post_id,
        'youtube:' || doc.snippet.channelid as author_id,

        -- strings
        'https://www.youtube.com/watch?v=' || native_id as url,
        doc.snippet.title,
        doc.snippet.description as body,
        coalesce(nullif(doc.snippet.defaultaudiolanguage, ''), nullif(doc.snippet.defaultlanguage, '')) as language,
        'video' as media_type,
        doc.snippet.tags,
        {{ list_concat(urls_in('doc.snippet.title'), urls_in('doc.snippet.description')) }} as links,

        -- booleans
        doc.paidproductplacementdetails.haspaidproductplacement as is_paid_partnership,

        -- numerics; a duration is like PT1H2M3S, and P0D before a stream has begun
        case
            when regexp_matches(doc.contentdetails.duration, '^P.*[0-9]+[HMS]$')
                then
                    coalesce(try_cast(regexp_extract(doc.contentdetails.duration, '{{ duration }}', 1) as bigint), 0) * 86400
                    + coalesce(try_cast(regexp_extract(doc.contentdetails.duration, '{{ duration }}', 2) as bigint), 0) * 3600
                    + coalesce(try_cast(regexp_extract(doc.contentdetails.duration, '{{ duration }}', 3) as bigint), 0) * 60
                    + coalesce(try_cast(regexp_extract(doc.contentdetails.duration, '{{ duration }}', 4) as bigint), 0)
        end as duration_seconds,
        doc.statistics.viewcount as view_count,
        doc.statistics.likecount as like_count,
        doc.statistics.commentcount as comment_count,

        -- dates and timestamps
        doc.snippet.publishedat as published_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
