{%- set fields = {'_id': 'text', 'name': 'text', 'fullName': 'text', 'registered': 'timestamp'} -%}

with source as (
    {{ observed_rows(source('raindrop', 'users'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'raindrop' as platform_id,
        'raindrop:' || native_id as author_id,

        -- strings
        doc.name as handle,
        coalesce(nullif(doc.fullname, ''), doc.name) as display_name,
        'https://raindrop.io/' || doc.name as url,

        -- dates and timestamps
        doc.registered as registered_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
