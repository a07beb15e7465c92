with versions as (
    {{ union_of('orders') }}
),

latest as (
    select * from versions
    qualify row_number() over (partition by order_id order by load_id desc, source_name asc) = 1
)

select
    latest.order_id,
    latest.platform_id,
    latest.source_name,
    latest.native_id,
    coalesce(latest.kind, 'order') as kind,
    coalesce(products.brand_id, latest.brand_id) as brand_id,
    products.product_id,
    latest.platform_id || ':' || latest.source_name || ':' || latest.customer_key as customer_id,
    latest.customer_author_id,
    latest.quantity,
    latest.revenue,
    latest.margin,
    latest.currency,
    latest.promo_code,
    latest.utm_source,
    latest.utm_medium,
    latest.utm_campaign,
    latest.utm_term,
    latest.utm_content,
    latest.referrer,
    latest.heard_from,
    latest.ordered_at,
    latest.observed_at
from latest
left join {{ ref('stg_home__products') }} as products on latest.product_id = products.product_id
