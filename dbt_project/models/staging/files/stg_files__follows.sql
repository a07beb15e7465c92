{%- set fields = {'follower_id': 'text', 'followed_id': 'text', 'since': 'timestamp'} -%}

with source as (
    {{ observed_rows(source('files', 'follows'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'files' as platform_id,
        'files:' || doc.follower_id as follower_author_id,
        'files:' || doc.followed_id as followed_author_id,

        -- dates and timestamps
        doc.since as followed_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
