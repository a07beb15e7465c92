{%- set fields = {
    'wiki': 'text', 'article': 'text', 'access': 'text', 'agent': 'text', 'timestamp': 'text', 'views': 'count',
} -%}

with source as (
    {{ observed_rows(source('pageviews', 'page_views'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids; a page of stg_mediawiki__pages has the same host before the first slash of its wiki, and the same title
        'pageviews' as platform_id,
        'pageviews:' || native_id as page_view_id,
        doc.wiki as wiki_host,
        replace(doc.article, '_', ' ') as title,

        -- strings
        'https://' || doc.wiki || '/wiki/' || replace(replace(doc.article, '%', '%25'), '?', '%3F') as url,
        doc.access,
        doc.agent,

        -- numerics
        doc.views,

        -- dates and timestamps
        try_cast(concat_ws('-', left(doc.timestamp, 4), substr(doc.timestamp, 5, 2), substr(doc.timestamp, 7, 2)) as date) as viewed_date,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
