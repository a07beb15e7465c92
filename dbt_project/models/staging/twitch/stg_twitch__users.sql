{%- set fields = {
    'login': 'text', 'display_name': 'text', 'description': 'text', 'broadcaster_type': 'text', 'followers_total': 'audience',
    'created_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('twitch', 'users'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'twitch' as platform_id,
        'twitch:' || native_id as author_id,

        -- strings
        doc.login as handle,
        doc.display_name,
        'https://www.twitch.tv/' || doc.login as url,
        doc.description as bio,
        nullif(doc.broadcaster_type, '') as broadcaster_type,
        {{ urls_in('doc.description') }} as websites,

        -- numerics; Twitch counts no views of a channel any more
        doc.followers_total as follower_count,

        -- dates and timestamps
        doc.created_at as registered_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
