{%- set fields = {
    'site': 'text', 'id': 'text', 'url': 'text', 'shorturl': 'text', 'title': 'text', 'description': 'text', 'tags': ['text'],
    'private': 'boolean', 'created': 'timestamp', 'updated': 'text',
} -%}

with source as (
    {{ observed_rows(source('shaarli', 'bookmarks'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids; a server has one author
        'shaarli' as platform_id,
        'shaarli:' || native_id as post_id,
        'shaarli:' || regexp_replace(doc.site, '^https?://', '') as author_id,

        -- strings; a note's address is the server's own
        doc.site || '/?' || doc.shorturl as url,
        doc.title,
        nullif(doc.description, '') as body,
        case when starts_with(doc.url, doc.site) then 'text' else 'link' end as media_type,
        {{ list_concat(urls_in('doc.description'), list_if("nullif(doc.url, '') is not null", 'doc.url')) }} as links,
        doc.tags,

        -- booleans
        coalesce(doc.private, false) as is_gone,

        -- dates and timestamps; `updated` is empty until a bookmark is edited
        doc.created as published_at,
        try_cast(nullif(doc.updated, '') as {{ timestamptz() }}) as edited_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
