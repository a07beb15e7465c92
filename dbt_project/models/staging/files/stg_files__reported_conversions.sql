{%- set fields = {
    'reported_by': 'text', 'utm_source': 'text', 'utm_medium': 'text', 'utm_campaign': 'text', 'currency': 'text',
    'conversions': 'decimal', 'revenue': 'decimal', 'starts_at': 'timestamp', 'ends_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('files', 'reported_conversions'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'files' as platform_id,

        -- strings
        doc.reported_by,
        doc.utm_source,
        doc.utm_medium,
        doc.utm_campaign,
        doc.currency,

        -- numerics
        doc.conversions,
        doc.revenue,

        -- dates and timestamps
        doc.starts_at,
        doc.ends_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
