{%- set fields = {
    'kind': 'text', 'brand_id': 'text', 'product_id': 'text', 'customer_key': 'text', 'customer_author_id': 'text', 'currency': 'text',
    'promo_code': 'text', 'utm_source': 'text', 'utm_medium': 'text', 'utm_campaign': 'text', 'utm_term': 'text', 'utm_content': 'text',
    'referrer': 'text', 'heard_from': 'text', 'tags': 'text', 'sku': 'text',
    'product_name': 'text', 'quantity': 'bigint', 'revenue': 'decimal', 'margin': 'decimal', 'ordered_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('files', 'orders'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'files' as platform_id,
        'files:' || native_id as order_id,
        doc.brand_id,
        doc.product_id,
        doc.customer_key,
        doc.customer_author_id,

        -- strings
        doc.kind,
        doc.currency,
        doc.promo_code,
        doc.utm_source,
        doc.utm_medium,
        doc.utm_campaign,
        doc.utm_term,
        doc.utm_content,
        doc.referrer,
        doc.heard_from,
        doc.tags,
        doc.sku,
        doc.product_name,

        -- numerics
        doc.quantity,
        doc.revenue,
        doc.margin,

        -- dates and timestamps
        doc.ordered_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
