{%- set fields = {
    'url': 'text', 'text': 'text', 'video_url': 'text', 'in_reply_to_url': 'text', 'account': {'url': 'text'}, 'createdAt': 'timestamp',
    'updatedAt': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('peertube', 'comments'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'peertube' as platform_id,
        'peertube:' || native_id as post_id,
        'peertube:' || doc.account.url as author_id,
        'peertube:' || coalesce(doc.in_reply_to_url, doc.video_url) as parent_post_id,

        -- strings
        doc.url,
        {{ html_to_text('doc.text') }} as body,
        'text' as media_type,
        {{ urls_in('doc.text') }} as links,

        -- dates and timestamps
        doc.createdat as published_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
