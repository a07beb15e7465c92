{#- The API's names, then those of the public feeds. -#}
{%- set fields = {
    'user': 'text', 'href': 'text', 'description': 'text', 'extended': 'text', 'time': 'timestamp', 'tags': 'text',
    'u': 'text', 'd': 'text', 'n': 'text', 'dt': 'timestamp', 't': ['text'],
} -%}

with source as (
    {{ observed_rows(source('pinboard', 'bookmarks'), fields) }}
),

named as (
    select
        *,
        coalesce(doc.extended, doc.n) as note
    from source
),

-- bookmarks quote the page that they are of
own as (
    select
        *,
        {{ own_html('note') }} as own_html
    from named
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'pinboard' as platform_id,
        'pinboard:' || native_id as post_id,
        'pinboard:' || doc.user as author_id,

        -- strings
        coalesce(doc.description, doc.d) as title,
        nullif({{ html_to_text('own_html') }}, '') as body,
        'link' as media_type,
        {{ list_concat(urls_in('own_html'), list_of('coalesce(doc.href, doc.u)')) }} as links,
        {{ list_where('coalesce(' ~ parts_of('doc.tags', "' '") ~ ', doc.t)', 'tag', "tag != ''") }} as tags,

        -- dates and timestamps
        coalesce(doc.time, doc.dt) as published_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
