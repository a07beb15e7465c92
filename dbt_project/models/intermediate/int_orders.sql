with versions as (
    select * from {{ ref('stg_files__orders') }}
    union all by name
    select * from {{ ref('stg_databases__orders') }}
),

latest as (
    select * from versions
    qualify row_number() over (partition by order_id order by load_id desc, source_name asc) = 1
)

select
    latest.order_id,
    latest.platform_id,
    coalesce(products.brand_id, latest.brand_id) as brand_id,
    products.product_id,
    latest.platform_id || ':' || latest.source_name || ':' || latest.customer_key as customer_id,
    latest.quantity,
    latest.revenue,
    latest.currency,
    latest.promo_code,
    latest.ordered_at,
    latest.observed_at
from latest
left join {{ ref('products') }} as products on latest.product_id = products.product_id
