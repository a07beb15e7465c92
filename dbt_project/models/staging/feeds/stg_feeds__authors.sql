{%- set fields = {'author_id': 'text', 'name': 'text', 'names': ['text'], 'url': 'text', 'feed_url': 'text'} -%}

with source as (
    {{ observed_rows(source('feeds', 'authors'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'feeds' as platform_id,
        'feeds:' || native_id as author_id,

        -- strings
        doc.name as display_name,
        doc.url,
        {{ list_if('doc.url is not null', 'doc.url') }} as websites,
        doc.feed_url as observed_from,

        -- numerics
        greatest(array_length(coalesce(doc.names, {{ list_of() }})), 1) as name_count,

        -- dates and timestamps
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
