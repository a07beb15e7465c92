{%- set fields = {
    'wiki': 'text', 'pageid': 'text', 'ns': 'bigint', 'title': 'text', 'fullurl': 'text', 'pagelanguage': 'text',
    'length': 'count', 'watchers': 'count', 'touched': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('mediawiki', 'pages'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'mediawiki' as platform_id,
        'mediawiki:' || native_id as page_id,
        doc.wiki,

        -- strings
        doc.title,
        doc.fullurl as url,
        doc.pagelanguage as language,

        -- numerics
        doc.ns as namespace_number,
        doc.length as byte_count,
        doc.watchers as watcher_count,

        -- dates and timestamps
        doc.touched as touched_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
