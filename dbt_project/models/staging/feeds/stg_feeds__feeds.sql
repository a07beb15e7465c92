{%- set fields = {
    'feed_url': 'text', 'title': 'text', 'subtitle': 'text', 'link': 'text', 'language': 'text', 'generator': 'text', 'format': 'text',
} -%}

with source as (
    {{ observed_rows(source('feeds', 'feeds'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'feeds' as platform_id,
        'feeds:' || native_id as feed_id,

        -- strings
        {{ html_to_text('doc.title') }} as title,
        doc.subtitle,
        doc.link as url,
        doc.language,
        doc.generator,
        doc.format as feed_format,

        -- dates and timestamps
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
