{%- set fields = {
    'url': 'text', 'name': 'text', 'description': 'text', 'language': {'id': 'text'}, 'channel': {'url': 'text'},
    'account': {'url': 'text'}, 'tags': ['text'], 'duration': 'count', 'views': 'count', 'likes': 'count', 'dislikes': 'count',
    'comments': 'count', 'publishedAt': 'timestamp', 'originallyPublishedAt': 'timestamp', 'updatedAt': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('peertube', 'videos'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'peertube' as platform_id,
        'peertube:' || native_id as post_id,
        'peertube:' || coalesce(doc.channel.url, doc.account.url) as author_id,

        -- strings; the description is Markdown
        doc.url,
        doc.name as title,
        doc.description as body,
        doc.language.id as language,
        'video' as media_type,
        {{ urls_in('doc.description') }} as links,
        doc.tags,

        -- numerics
        doc.duration as duration_seconds,
        doc.views,
        doc.likes,
        doc.dislikes,
        doc.comments,

        -- dates and timestamps; updatedAt moves with more than edits
        doc.publishedat as published_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
