{%- set fields = {'follower_uri': 'text', 'followed_uri': 'text', 'instance': 'text'} -%}

with source as (
    {{ observed_rows(source('mastodon', 'follows'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'mastodon' as platform_id,
        'mastodon:' || doc.follower_uri as follower_author_id,
        'mastodon:' || doc.followed_uri as followed_author_id,
        doc.instance,

        -- dates and timestamps
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
