with orders as (
    select
        orders.*,
        case
            when orders.brand_id is null and coalesce(orders.sku, orders.product_name) is not null
                then
                    'brand_id: no product of products.csv has the SKU or name '
                    || replace(coalesce(orders.sku, orders.product_name), chr(10), ', ')
            when brands.brand_id is null
                then 'brand_id: ' || chr(39) || coalesce(orders.brand_id, '') || chr(39) || ' is no brand of brands.csv'
            when orders.revenue is null then 'revenue: is missing'
            when orders.revenue < 0 then 'revenue: is negative, and a refund is a row of refunds'
            when orders.currency is null then 'currency: is missing'
        end as reason
    from {{ ref('int_orders') }} as orders
    left join {{ ref('stg_home__brands') }} as brands on orders.brand_id = brands.brand_id
),

refunds as (
    select
        refunds.*,
        case
            when orders.order_id is null then 'order_id: there is no such order yet'
            when orders.reason is not null then 'order_id: the order itself is not counted'
            when coalesce(refunds.currency != orders.currency, true) then 'currency: the order' || chr(39) || 's is ' || orders.currency
        end as reason
    from {{ ref('int_refunds') }} as refunds
    left join orders on refunds.order_id = orders.order_id
)

select
    'orders' as entity,
    platform_id,
    source_name,
    native_id,
    observed_at,
    order_id,
    cast(null as string) as refund_id,
    reason
from orders
where reason is not null
union all
select
    'refunds' as entity,
    platform_id,
    source_name,
    native_id,
    observed_at,
    null as order_id,
    refund_id,
    reason
from refunds
where reason is not null
