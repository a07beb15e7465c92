{%- set fields = {
    'kind': 'text', 'actor_id': 'text', 'target_author_id': 'text', 'target_post_id': 'text', 'post_id': 'text',
    'occurred_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('files', 'interactions'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'files' as platform_id,
        'files:' || doc.actor_id as actor_author_id,
        'files:' || doc.target_author_id as target_author_id,
        'files:' || doc.target_post_id as target_post_id,
        'files:' || doc.post_id as post_id,

        -- strings
        doc.kind,

        -- dates and timestamps
        doc.occurred_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
