{%- set fields = {
    'channel': 'text', 'author_id': 'text', 'url': 'text', 'title': 'text', 'text': 'text', 'language': 'text', 'in_reply_to_id': 'text',
    'views': 'bigint', 'likes': 'bigint', 'comments': 'bigint', 'shares': 'bigint', 'saves': 'bigint',
    'published_at': 'timestamp', 'edited_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('databases', 'posts'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'databases' as platform_id,
        'databases:' || native_id as post_id,
        'databases:' || source_name || ':' || doc.author_id as author_id,
        'databases:' || source_name || ':' || doc.in_reply_to_id as parent_post_id,
        doc.channel as channel_id,

        -- strings
        doc.url,
        doc.title,
        doc.text as body,
        doc.language,
        'text' as media_type,
        {{ urls_in('doc.text') }} as links,

        -- numerics
        doc.views,
        doc.likes,
        doc.comments,
        doc.shares,
        doc.saves,

        -- dates and timestamps
        doc.published_at,
        doc.edited_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
