{%- set fields = {
    'wiki': 'text', 'name': 'text', 'groups': ['text'], 'editcount': 'count', 'registration': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('mediawiki', 'users'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'mediawiki' as platform_id,
        'mediawiki:' || native_id as author_id,
        doc.wiki,

        -- strings
        doc.name as handle,
        doc.name as display_name,
        doc.wiki as observed_from,

        -- numerics
        doc.editcount,

        -- booleans
        coalesce(array_contains(doc.groups, 'bot'), false) as is_bot,

        -- dates and timestamps
        doc.registration as registered_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
