with versions as (
    {{ union_of('orders') }}
),

latest as (
    select * from versions
    qualify row_number() over (partition by order_id order by load_id desc, source_name asc) = 1
),

-- what lines of an order can be known by; kept apart from the orders, so that a SKU that is learnt later finds those loaded before
known_by as (
    select
        product_id,
        brand_id,
        lower(trim(code)) as code,
        'sku' as kind
    from (
        select
            product_id,
            brand_id,
            {{ each(parts_of('skus', "'|'")) }} as code
        from {{ ref('stg_home__products') }}
    )
    where trim(code) != ''
    union all
    select
        product_id,
        brand_id,
        lower(trim(product_name)) as code,
        'name' as kind
    from {{ ref('stg_home__products') }}
),

lines as (
    select
        order_id,
        'sku' as kind,
        {{ each(parts_of('sku', 'chr(10)')) }} as line
    from latest
    union all
    select
        order_id,
        'name' as kind,
        {{ each(parts_of('product_name', 'chr(10)')) }} as line
    from latest
),

-- SKUs before names; of several products none, of several brands the one that most lines are of
bought as (
    select
        lines.order_id,
        known_by.kind,
        known_by.brand_id,
        count(*) as line_count,
        min(known_by.product_id) as product_id,
        count(distinct known_by.product_id) as product_count
    from lines
    inner join known_by on lower(trim(lines.line)) = known_by.code and lines.kind = known_by.kind
    group by lines.order_id, known_by.kind, known_by.brand_id
),

known as (
    select * from bought
    qualify row_number() over (partition by order_id order by kind desc, line_count desc, brand_id asc) = 1
),

fitting as (
    select known.*
    from known
    inner join latest on known.order_id = latest.order_id
    where coalesce(latest.brand_id = known.brand_id, true)
)

select
    latest.order_id,
    latest.platform_id,
    latest.source_name,
    latest.native_id,
    coalesce(latest.kind, 'order') as kind,
    latest.product_id as told_product_id,
    coalesce(products.brand_id, latest.brand_id, known.brand_id) as brand_id,
    coalesce(products.product_id, case when known.product_count = 1 then known.product_id end) as product_id,
    latest.platform_id || ':' || latest.source_name || ':' || latest.customer_key as customer_id,
    latest.customer_author_id,
    latest.sku,
    latest.product_name,
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
left join fitting as known on latest.order_id = known.order_id
