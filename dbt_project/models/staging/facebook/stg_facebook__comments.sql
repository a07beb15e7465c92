{%- set fields = {
    'id': 'text', 'post_id': 'text', 'parent': {'id': 'text'}, 'from': {'id': 'text'},
    'message': 'text', 'permalink_url': 'text', 'message_tags': [{'id': 'text'}],
    'attachment': {'type': 'text', 'url': 'text'},
    'like_count': 'count', 'comment_count': 'count', 'created_time': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('facebook', 'comments'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'facebook' as platform_id,
        'facebook:' || native_id as post_id,
        'facebook:' || doc.from.id as author_id,
        'facebook:' || coalesce(doc.parent.id, doc.post_id) as parent_post_id,
        coalesce(
            {{ list_map(list_where('doc.message_tags', 'tag', 'tag.id is not null'), 'tag', "'facebook:' || tag.id") }}, {{ list_of() }}
        ) as mentioned_author_ids,

        -- strings
        doc.permalink_url as url,
        doc.message as body,
        case
            when contains(doc.attachment.type, 'video') then 'video'
            when contains(doc.attachment.type, 'photo') or contains(doc.attachment.type, 'sticker') then 'image'
            else 'text'
        end as media_type,
        {{ urls_in('doc.message') }} as links,

        -- numerics
        doc.like_count,
        doc.comment_count,

        -- dates and timestamps
        doc.created_time as published_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
