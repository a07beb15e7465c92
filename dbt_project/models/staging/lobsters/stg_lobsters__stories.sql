{%- set fields = {
    'site': 'text', 'short_id_url': 'text', 'submitter_user': 'text', 'title': 'text', 'url': 'text', 'description': 'text',
    'tags': ['text'], 'user_is_author': 'boolean', 'score': 'score', 'flags': 'count', 'comment_count': 'count',
    'created_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('lobsters', 'stories'), fields) }}
),

-- without what the author only quotes
own as (
    select
        *,
        {{ own_html('doc.description') }} as own_html
    from source
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids; what deleted accounts wrote stands under one name for all of them
        'lobsters' as platform_id,
        'lobsters:' || native_id as post_id,
        'lobsters:' || doc.site || ':' || nullif(doc.submitter_user, 'inactive-user') as author_id,

        -- strings
        doc.short_id_url as url,
        doc.title,
        nullif({{ html_to_text('own_html') }}, '') as body,
        case when nullif(doc.url, '') is null then 'text' else 'link' end as media_type,
        {{ list_concat(urls_in('own_html'), list_if("nullif(doc.url, '') is not null", 'doc.url')) }} as links,
        doc.tags,

        -- numerics
        doc.score,
        doc.flags,
        doc.comment_count,

        -- booleans
        doc.user_is_author,

        -- dates and timestamps
        doc.created_at as published_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
