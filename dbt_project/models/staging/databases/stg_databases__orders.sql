{%- set fields = {
    'brand_id': 'text', 'product_id': 'text', 'customer_key': 'text', 'currency': 'text', 'promo_code': 'text',
    'quantity': 'bigint', 'revenue': 'decimal', 'ordered_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('databases', 'orders'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'databases' as platform_id,
        'databases:' || native_id as order_id,
        doc.brand_id,
        doc.product_id,
        doc.customer_key,

        -- strings
        doc.currency,
        doc.promo_code,

        -- numerics
        doc.quantity,
        doc.revenue,

        -- dates and timestamps
        doc.ordered_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
