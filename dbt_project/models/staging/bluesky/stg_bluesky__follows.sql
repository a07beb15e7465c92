{%- set fields = {'follower': {'did': 'text'}, 'followed': {'did': 'text'}, 'since': 'timestamp'} -%}

with source as (
    {{ observed_rows(source('bluesky', 'follows'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'bluesky' as platform_id,
        'bluesky:' || doc.follower.did as follower_author_id,
        'bluesky:' || doc.followed.did as followed_author_id,

        -- dates and timestamps; the follower's own clock claims since when
        least(doc.since, observed_at) as followed_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
