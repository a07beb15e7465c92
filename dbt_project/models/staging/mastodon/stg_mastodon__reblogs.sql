{%- set fields = {'status_uri': 'text', 'account': {'uri': 'text'}, 'instance': 'text'} -%}

with source as (
    {{ observed_rows(source('mastodon', 'reblogs'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'mastodon' as platform_id,
        'mastodon:' || doc.status_uri as reblogged_post_id,
        'mastodon:' || doc.account.uri as author_id,
        doc.instance,

        -- dates and timestamps
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
