{%- set fields = {
    'site': 'text', 'author_ids': ['text'], 'url': 'text', 'title': 'text', 'html': 'text', 'access': 'boolean',
    'comment_count': 'count', 'published_at': 'timestamp', 'updated_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('ghost', 'posts'), fields) }}
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

        -- ids; the first author is the one that the site shows
        'ghost' as platform_id,
        'ghost:' || native_id as post_id,
        'ghost:' || {{ first_of('doc.author_ids') }} as author_id,
        doc.site,

        -- strings
        doc.url,
        doc.title,
        {{ html_to_text('own_html') }} as body,
        'text' as media_type,
        {{ urls_in('own_html') }} as links,

        -- numerics
        doc.comment_count,

        -- booleans
        not doc.access as is_cut,

        -- dates and timestamps
        doc.published_at,
        case when doc.updated_at > doc.published_at then doc.updated_at end as edited_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
