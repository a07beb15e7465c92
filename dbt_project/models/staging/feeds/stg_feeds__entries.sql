{%- set fields = {
    'feed_url': 'text', 'id': 'text', 'url': 'text', 'author_id': 'text', 'title': 'text', 'content_html': 'text', 'summary': 'text',
    'language': 'text', 'in_reply_to': ['text'], 'comment_count': 'count', 'published': 'timestamp', 'updated': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('feeds', 'entries'), fields) }}
),

-- without what the author only quotes
own as (
    select
        *,
        {{ own_html("coalesce(nullif(doc.content_html, ''), doc.summary)") }} as own_html
    from source
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'feeds' as platform_id,
        'feeds:' || native_id as post_id,
        'feeds:' || doc.author_id as author_id,
        'feeds:' || doc.feed_url as container_id,
        doc.id as entry_id,

        -- strings
        doc.url,
        {{ html_to_text('doc.title') }} as title,
        {{ html_to_text('own_html') }} as body,
        doc.language,
        'text' as media_type,
        {{ urls_in('own_html') }} as links,
        doc.in_reply_to as replied_to,

        -- numerics
        doc.comment_count,

        -- dates and timestamps
        coalesce(doc.published, doc.updated) as published_at,
        case when doc.updated > doc.published then doc.updated end as edited_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
