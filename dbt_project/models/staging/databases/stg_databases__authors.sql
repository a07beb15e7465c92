{%- set fields = {
    'channel': 'text', 'name': 'text', 'handle': 'text', 'url': 'text', 'bio': 'text', 'kind': 'text',
    'followers': 'bigint', 'following': 'bigint', 'posts': 'bigint', 'created_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('databases', 'authors'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'databases' as platform_id,
        'databases:' || native_id as author_id,
        doc.channel as channel_id,

        -- strings
        doc.handle,
        doc.name as display_name,
        doc.url,
        doc.bio,
        doc.kind as author_kind,
        source_name as observed_from,

        -- numerics
        doc.followers,
        doc.following,
        doc.posts,

        -- dates and timestamps
        doc.created_at as registered_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
