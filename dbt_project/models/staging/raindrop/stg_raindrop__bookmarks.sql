{%- set fields = {
    '_id': 'text', 'creatorRef': 'text', 'collection': {'$id': 'text'}, 'link': 'text', 'title': 'text', 'note': 'text',
    'excerpt': 'text', 'type': 'text', 'tags': ['text'], 'important': 'boolean', 'removed': 'boolean',
    'created': 'timestamp', 'lastUpdate': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('raindrop', 'bookmarks'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'raindrop' as platform_id,
        'raindrop:' || native_id as post_id,
        'raindrop:' || doc.creatorref as author_id,
        doc.collection.{{ quoted('$id') }} as collection_id,

        -- strings; the excerpt is the page's, the note is the author's
        doc.title,
        nullif(doc.note, '') as body,
        nullif(doc.excerpt, '') as excerpt,
        case when doc.type in ('image', 'video', 'audio') then doc.type else 'link' end as media_type,
        {{ list_concat(urls_in('doc.note'), list_if('doc.link is not null', 'doc.link')) }} as links,
        doc.tags,

        -- booleans
        doc.important as is_favourite,
        coalesce(doc.removed, false) as is_gone,

        -- dates and timestamps
        doc.created as published_at,
        case when doc.lastupdate > doc.created then doc.lastupdate end as edited_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
