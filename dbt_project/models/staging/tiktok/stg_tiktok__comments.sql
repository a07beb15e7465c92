{%- set fields = {
    'video_id': 'text', 'parent_comment_id': 'text', 'text': 'text', 'like_count': 'count', 'reply_count': 'count', 'create_time': 'epoch',
} -%}

with source as (
    {{ observed_rows(source('tiktok', 'comments'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids; one that answers no other comment names the video, or nothing, as its parent
        'tiktok' as platform_id,
        'tiktok:' || native_id as post_id,
        'tiktok:' || coalesce(
            'comment:' || nullif(nullif(nullif(doc.parent_comment_id, doc.video_id), '0'), ''), doc.video_id
        ) as parent_post_id,
        'tiktok:' || doc.video_id as root_post_id,

        -- strings
        doc.text as body,
        'text' as media_type,
        {{ urls_in('doc.text') }} as links,

        -- numerics
        doc.like_count,
        doc.reply_count,

        -- dates and timestamps
        doc.create_time as published_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
