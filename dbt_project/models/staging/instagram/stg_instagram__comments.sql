{%- set fields = {
    'id': 'text', 'author_id': 'text', 'parent_id': 'text', 'media_id': 'text', 'text': 'text', 'like_count': 'count',
    'hidden': 'boolean', 'timestamp': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('instagram', 'comments'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'instagram' as platform_id,
        'instagram:' || native_id as post_id,
        'instagram:' || doc.author_id as author_id,
        'instagram:' || coalesce(doc.parent_id, doc.media_id) as parent_post_id,

        -- strings
        doc.text as body,
        'text' as media_type,
        {{ urls_in('doc.text') }} as links,

        -- numerics
        doc.like_count,

        -- booleans
        coalesce(doc.hidden, false) as is_gone,

        -- dates and timestamps
        doc.timestamp as published_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
