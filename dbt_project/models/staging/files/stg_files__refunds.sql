{%- set fields = {
    'order_id': 'text', 'kind': 'text', 'currency': 'text', 'revenue': 'decimal', 'margin': 'decimal', 'refunded_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('files', 'refunds'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'files' as platform_id,
        'files:' || native_id as refund_id,
        'files:' || doc.order_id as order_id,

        -- strings
        doc.kind,
        doc.currency,

        -- numerics
        doc.revenue,
        doc.margin,

        -- dates and timestamps
        doc.refunded_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
