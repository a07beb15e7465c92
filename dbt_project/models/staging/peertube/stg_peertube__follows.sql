{%- set fields = {'follower': {'url': 'text'}, 'followed': {'url': 'text'}} -%}

with source as (
    {{ observed_rows(source('peertube', 'follows'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids; who follows from elsewhere than PeerTube has an account that Mastodon's API names by the same address
        'peertube' as platform_id,
        case when regexp_matches(doc.follower.url, '/(?:accounts|video-channels)/[^/]+$') then 'peertube:' else 'mastodon:' end
        || doc.follower.url as follower_author_id,
        'peertube:' || doc.followed.url as followed_author_id,

        -- dates and timestamps
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
