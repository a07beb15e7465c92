{%- set fields = {
    'channel': 'text', 'author_id': 'text', 'url': 'text', 'title': 'text', 'text': 'text', 'language': 'text', 'in_reply_to_id': 'text',
    'views': 'bigint', 'likes': 'bigint', 'comments': 'bigint', 'shares': 'bigint', 'saves': 'bigint',
    'reported_by': 'text', 'reported_sentiment': 'text', 'reported_reach': 'bigint',
    'published_at': 'timestamp', 'edited_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('files', 'posts'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'files' as platform_id,
        'files:' || native_id as post_id,
        'files:' || doc.author_id as author_id,
        'files:' || doc.in_reply_to_id as parent_post_id,
        doc.channel as channel_id,

        -- strings
        doc.url,
        doc.title,
        doc.text as body,
        doc.language,
        'text' as media_type,
        doc.reported_by,
        doc.reported_sentiment,
        {{ urls_in('doc.text') }} as links,

        -- numerics
        doc.views,
        doc.likes,
        doc.comments,
        doc.shares,
        doc.saves,
        doc.reported_reach,

        -- dates and timestamps
        doc.published_at,
        doc.edited_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
