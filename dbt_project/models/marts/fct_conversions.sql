{{ config(materialized='keyed', key='conversion_id', tells=['customer_id', 'person_id']) }}

with orders as (
    select
        orders.*,
        coalesce(orders.ordered_at, orders.observed_at) as converted_at,
        bridge.person_id as told_person_id
    from {{ ref('int_orders') }} as orders
    left join {{ ref('bridge_persons_authors') }} as bridge on orders.customer_author_id = bridge.author_id
    left join {{ ref('int_order_problems') }} as problems on orders.order_id = problems.order_id
    where problems.reason is null
),

-- who told their account once is known in their other orders, unless they told several
customers as (
    select
        customer_id,
        min(told_person_id) as person_id
    from orders
    where customer_id is not null and told_person_id is not null
    group by customer_id
    having count(distinct told_person_id) = 1
),

refunded as (
    select
        conversion_id,
        count(*) as refund_count,
        bool_or(kind = 'cancellation') as is_cancelled,
        sum(revenue) as revenue,
        sum(margin) as margin
    from {{ ref('fct_refunds') }}
    group by conversion_id
)

select
    orders.order_id as conversion_id,
    orders.kind,
    orders.customer_id,
    coalesce(orders.told_person_id, customers.person_id) as person_id,
    orders.brand_id,
    orders.product_id,
    orders.converted_at,
    orders.ordered_at is null as is_time_estimated,
    case
        when orders.customer_id is not null
            then row_number() over (
                partition by orders.customer_id, orders.kind, orders.brand_id order by orders.converted_at, orders.order_id
            ) = 1
    end as is_first_of_customer,
    orders.quantity,
    orders.currency,
    orders.revenue,
    {{ as_amount('coalesce(refunded.revenue, 0)') }} as refunded_revenue,
    {{ as_amount('orders.revenue - coalesce(refunded.revenue, 0)') }} as net_revenue,
    orders.margin,
    {{ as_amount('coalesce(refunded.margin, 0)') }} as refunded_margin,
    {{ as_amount('orders.margin - coalesce(refunded.margin, 0)') }} as net_margin,
    coalesce(refunded.refund_count, 0) as refund_count,
    coalesce(refunded.is_cancelled, false) as is_cancelled
from orders
left join customers on orders.customer_id = customers.customer_id
left join refunded on orders.order_id = refunded.conversion_id
