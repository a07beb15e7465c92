{%- set fields = {
    'username': 'text', 'display_name': 'text', 'bio_description': 'text', 'bio_url': 'text', 'is_verified': 'boolean',
    'follower_count': 'audience', 'following_count': 'count', 'likes_count': 'count', 'video_count': 'count',
} -%}

with source as (
    {{ observed_rows(source('tiktok', 'users'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'tiktok' as platform_id,
        'tiktok:' || native_id as author_id,

        -- strings; an address in the profile may have no scheme
        doc.username as handle,
        doc.display_name,
        'https://www.tiktok.com/@' || doc.username as url,
        doc.bio_description as bio,
        {{ list_concat(
            urls_in('doc.bio_description'),
            list_if(
                "doc.bio_url like 'http%://%' or doc.bio_url like '%.%'",
                "case when doc.bio_url like 'http%://%' then doc.bio_url else 'https://' || doc.bio_url end"
            )
        ) }} as websites,

        -- booleans
        doc.is_verified,

        -- numerics
        doc.follower_count,
        doc.following_count,
        doc.likes_count,
        doc.video_count,

        -- dates and timestamps
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
