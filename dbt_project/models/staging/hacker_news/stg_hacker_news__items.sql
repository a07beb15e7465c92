{%- set fields = {
    'id': 'text', 'type': 'text', 'by': 'text', 'title': 'text', 'text': 'text', 'url': 'text', 'parent': 'text',
    'score': 'score', 'descendants': 'count', 'deleted': 'boolean', 'dead': 'boolean', 'time': 'epoch',
} -%}

with source as (
    {{ observed_rows(source('hacker_news', 'items'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'hacker_news' as platform_id,
        'hacker_news:' || native_id as post_id,
        'hacker_news:' || doc.by as author_id,
        'hacker_news:' || doc.parent as parent_post_id,

        -- strings
        doc.type as item_type,
        'https://news.ycombinator.com/item?id=' || native_id as url,
        doc.title,
        {{ html_to_text('doc.text') }} as body,
        case when nullif(doc.url, '') is null then 'text' else 'link' end as media_type,
        {{ list_concat(urls_in('doc.text'), list_if('doc.url is not null', 'doc.url')) }} as links,

        -- numerics
        doc.score,
        doc.descendants,

        -- booleans
        coalesce(doc.deleted, false) or coalesce(doc.dead, false) as is_gone,

        -- dates and timestamps
        doc.time as published_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
