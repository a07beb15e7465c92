{%- set fields = {
    'username': 'text', 'video_description': 'text', 'voice_to_text': 'text', 'hashtag_names': ['text'], 'video_mention_list': ['text'],
    'region_code': 'text', 'music_id': 'text', 'is_stem_verified': 'boolean', 'video_duration': 'count', 'view_count': 'count',
    'like_count': 'count', 'comment_count': 'count', 'share_count': 'count', 'favorites_count': 'count', 'create_time': 'epoch',
} -%}
{%- set is_left_out -%}
    not array_contains(regexp_extract_all(lower(coalesce(doc.video_description, '')), '#([^\s#.,;:!?]+)', 1), lower(tag))
{%- endset -%}

with source as (
    {{ observed_rows(source('tiktok', 'videos'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids; a user name is all that is told of an account, and some mentions are display names
        'tiktok' as platform_id,
        'tiktok:' || native_id as post_id,
        'tiktok:' || lower(doc.username) as author_id,
        {{ list_map(
            list_where(
                'coalesce(doc.video_mention_list, ' ~ list_of() ~ ')', 'name', "regexp_extract(name, '^@?[a-z0-9_.]{2,24}$', 0) != ''"
            ),
            'name', "'tiktok:' || trim(leading '@' from name)"
        ) }} as mentioned_author_ids,

        -- strings; a video's page is found by its id whatever the name says, and some hashtags are not part of the description
        'https://www.tiktok.com/@' || coalesce(doc.username, '') || '/video/' || native_id as url,
        concat_ws(
            ' ', nullif(doc.video_description, ''),
            nullif({{ array_to_string(list_map(list_where('doc.hashtag_names', 'tag', is_left_out), 'tag', "'#' || tag"), "' '") }}, '')
        ) as body,
        nullif(doc.voice_to_text, '') as transcript,
        'video' as media_type,
        {{ urls_in('doc.video_description') }} as links,
        doc.hashtag_names as tags,
        doc.region_code as author_region,
        doc.music_id,

        -- booleans
        doc.is_stem_verified,

        -- numerics
        doc.video_duration as duration_seconds,
        doc.view_count,
        doc.like_count,
        doc.comment_count,
        doc.share_count,
        doc.favorites_count,

        -- dates and timestamps
        doc.create_time as published_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
