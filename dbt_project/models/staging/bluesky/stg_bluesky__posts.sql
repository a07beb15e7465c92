{%- set content = {
    'text': 'text', 'createdAt': 'timestamp', 'langs': ['text'],
    'reply': {'parent': {'uri': 'text'}},
    'facets': [{'features': [{'did': 'text', 'uri': 'text'}]}],
    'embed': {
        '$type': 'text', 'record': {'uri': 'text', 'record': {'uri': 'text'}}, 'external': {'uri': 'text'},
        'media': {'$type': 'text', 'external': {'uri': 'text'}},
    },
} -%}
{%- set fields = {
    'uri': 'text', 'author': {'did': 'text'}, 'record': content, 'value': content, 'labels': [{'val': 'text'}],
    'replyCount': 'count', 'repostCount': 'count', 'likeCount': 'count', 'quoteCount': 'count', 'bookmarkCount': 'count',
    'indexedAt': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('bluesky', 'posts'), fields) }}
),

-- what was only seen quoted holds its content under another name
contents as (
    select
        *,
        case when doc.value.text is null then doc.record else doc.value end as record
    from source
),

features as (
    select
        *,
        split_part(native_id, '/', 5) as record_key,
        coalesce(record.embed.record.record.uri, record.embed.record.uri) as embedded_uri,
        coalesce(record.embed.media.{{ quoted('$type') }}, record.embed.{{ quoted('$type') }}) as embed_type,
        flatten({{ list_map('record.facets', 'facet', 'facet.features') }}) as features
    from contents
),

linking as (
    select
        *,
        {{ list_concat(
            list_map('features', 'feature', 'feature.uri'), list_of('record.embed.external.uri', 'record.embed.media.external.uri')
        ) }} as uris
    from features
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'bluesky' as platform_id,
        'bluesky:' || native_id as post_id,
        'bluesky:' || doc.author.did as author_id,
        'bluesky:' || record.reply.parent.uri as parent_post_id,
        case when contains(embedded_uri, '/app.bsky.feed.post/') then 'bluesky:' || embedded_uri end as quoted_post_id,

        -- strings
        'https://bsky.app/profile/' || doc.author.did || '/post/' || record_key as url,
        record.text as body,
        {{ first_of('record.langs') }} as language,
        case split_part(embed_type, '.', 4)
            when 'images' then 'image'
            when 'video' then 'video'
            when 'external' then 'link'
            else 'text'
        end as media_type,
        {{ list_sort(list_distinct(list_where('uris', 'link', is_web_address('link')))) }} as links,
        coalesce(
            {{ list_sort(list_distinct(list_map(
                list_where('features', 'feature', 'feature.did is not null'), 'feature', "'bluesky:' || feature.did"
            ))) }},
            {{ list_of() }}
        ) as mentioned_author_ids,

        -- numerics
        doc.replycount as reply_count,
        doc.repostcount as repost_count,
        doc.likecount as like_count,
        doc.quotecount as quote_count,
        doc.bookmarkcount as bookmark_count,

        -- booleans
        coalesce({{ list_has_any(list_map('doc.labels', 'label', 'label.val'), list_of("'!hide'", "'!takedown'")) }}, false) as is_gone,

        -- dates and timestamps; the author claims the first of the two
        least(record.createdat, doc.indexedat) as published_at,
        observed_at,
        observed_date,
        ill_typed
    from linking
)

select * from renamed
