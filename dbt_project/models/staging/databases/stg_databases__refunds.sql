{%- set fields = {
    'order_id': 'text', 'kind': 'text', 'currency': 'text', 'revenue': 'decimal', 'margin': 'decimal', 'refunded_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('databases', 'refunds'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'databases' as platform_id,
        'databases:' || native_id as refund_id,
        'databases:' || source_name || ':' || doc.order_id as order_id,

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
