{%- set fields = {
    'site': 'text', 'author_id': 'text', 'post': 'bigint', 'parent': 'bigint', 'type': 'text', 'status': 'text', 'link': 'text',
    'author_url': 'text', 'content': {'rendered': 'text'}, 'date_gmt': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('wordpress', 'comments'), fields) }}
),

-- without what the author only quotes
own as (
    select
        *,
        {{ own_html('doc.content.rendered') }} as own_html
    from source
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'wordpress' as platform_id,
        'wordpress:' || native_id as post_id,
        'wordpress:' || doc.author_id as author_id,
        'wordpress:' || doc.site || case when doc.parent > 0 then ':comment-' || doc.parent else ':' || doc.post end as parent_post_id,
        doc.site,

        -- strings
        doc.type as comment_type,
        doc.link as url,
        {{ html_to_text('own_html') }} as body,
        'text' as media_type,
        -- a pingback or trackback tells of a page elsewhere that links to the post
        {{ list_concat(
            urls_in('own_html'), list_if("doc.type in ('pingback', 'trackback') and doc.author_url != ''", 'doc.author_url')
        ) }} as links,

        -- booleans
        coalesce(doc.status != 'approved', false) as is_gone,

        -- dates and timestamps
        doc.date_gmt as published_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
