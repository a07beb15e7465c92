{%- set fields = {
    'url': 'text', 'text': 'text', 'video_url': 'text', 'in_reply_to_url': 'text', 'account': {'url': 'text'}, 'createdAt': 'timestamp',
    'updatedAt': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('peertube', 'comments'), fields) }}
),

-- without what the author only quotes
own as (
    select
        *,
        {{ own_html('doc.text') }} as own_html
    from source
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
        {{ html_to_text('own_html') }} as body,
        'text' as media_type,
        {{ urls_in('own_html') }} as links,

        -- dates and timestamps
        doc.createdat as published_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
