{%- set fields = {
    'site': 'text', 'post_id': 'text', 'parent_id': 'text', 'in_reply_to_id': 'text', 'author_id': 'text', 'html': 'text',
    'count': {'likes': 'count', 'replies': 'count'}, 'created_at': 'timestamp', 'edited_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('ghost', 'comments'), fields) }}
),

-- without what the author only quotes
own as (
    select
        *,
        {{ own_html('doc.html') }} as own_html
    from source
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'ghost' as platform_id,
        'ghost:' || native_id as post_id,
        'ghost:' || doc.author_id as author_id,
        'ghost:' || doc.site || coalesce(':comment-' || coalesce(doc.in_reply_to_id, doc.parent_id), ':' || doc.post_id) as parent_post_id,
        doc.site,

        -- strings
        {{ html_to_text('own_html') }} as body,
        'text' as media_type,
        {{ urls_in('own_html') }} as links,

        -- numerics
        doc.count.likes as like_count,
        doc.count.replies as reply_count,

        -- dates and timestamps
        doc.created_at as published_at,
        doc.edited_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
