{%- set fields = {
    'site': 'text', 'story': 'text', 'parent_comment': 'text', 'url': 'text', 'short_id_url': 'text', 'commenting_user': 'text',
    'comment': 'text', 'score': 'score', 'flags': 'count', 'is_deleted': 'boolean', 'is_moderated': 'boolean',
    'created_at': 'timestamp', 'last_edited_at': 'timestamp', 'updated_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('lobsters', 'comments'), fields) }}
),

-- without what the author only quotes
own as (
    select
        *,
        {{ own_html('doc.comment') }} as own_html
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
        'lobsters:' || doc.site || ':' || nullif(doc.commenting_user, 'inactive-user') as author_id,
        'lobsters:' || doc.site || ':' || coalesce('c/' || doc.parent_comment, 's/' || doc.story) as parent_post_id,

        -- strings
        coalesce(doc.short_id_url, doc.url) as url,
        {{ html_to_text('own_html') }} as body,
        'text' as media_type,
        {{ urls_in('own_html') }} as links,

        -- numerics
        doc.score,
        doc.flags,

        -- booleans
        coalesce(doc.is_deleted, false) or coalesce(doc.is_moderated, false) as is_gone,

        -- dates and timestamps; sites of before 2023 tell no last_edited_at
        doc.created_at as published_at,
        nullif(coalesce(doc.last_edited_at, doc.updated_at), doc.created_at) as edited_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
