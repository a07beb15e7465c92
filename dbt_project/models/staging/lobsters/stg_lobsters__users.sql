{%- set fields = {
    'site': 'text', 'username': 'text', 'about': 'text', 'karma': 'score', 'invited_by_user': 'text',
    'github_username': 'text', 'twitter_username': 'text', 'mastodon_username': 'text', 'created_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('lobsters', 'users'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'lobsters' as platform_id,
        'lobsters:' || native_id as author_id,
        'lobsters:' || doc.site || ':' || doc.invited_by_user as invited_by_author_id,

        -- strings
        doc.username as handle,
        doc.username as display_name,
        'https://' || doc.site || '/~' || doc.username as url,
        doc.about as bio,
        {{ urls_in('doc.about') }} as websites,
        {{ list_where(
            list_of("'https://github.com/' || doc.github_username", "'https://twitter.com/' || doc.twitter_username"),
            'address', 'address is not null'
        ) }} as verified_websites,
        doc.mastodon_username,

        -- numerics
        doc.karma,

        -- dates and timestamps
        doc.created_at as registered_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
