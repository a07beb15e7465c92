with refunds as (
    select
        refunds.refund_id,
        refunds.order_id,
        refunds.kind,
        refunds.refunded_at,
        refunds.currency,
        refunds.revenue,
        refunds.margin,
        orders.revenue as order_revenue,
        orders.margin as order_margin,
        coalesce(sum(refunds.revenue) over earlier_ones, 0) as revenue_before,
        coalesce(sum(cast(refunds.revenue is null as integer)) over earlier_ones, 0) as whole_refunds_before
    from {{ ref('int_refunds') }} as refunds
    inner join {{ ref('int_orders') }} as orders on refunds.order_id = orders.order_id
    left join {{ ref('int_order_problems') }} as problems on refunds.refund_id = problems.refund_id
    where problems.reason is null
    window
        earlier_ones as (
            partition by refunds.order_id
            order by refunds.refunded_at, refunds.refund_id
            rows between unbounded preceding and 1 preceding
        )
),

-- a refund without an amount gives back what is left; after it nothing is
with_revenue as (
    select
        *,
        case
            when revenue is not null then revenue
            when whole_refunds_before = 0 then greatest(order_revenue - revenue_before, 0)
            else 0
        end as given_back
    from refunds
),

-- the margin lost up to here in proportion to the revenue: what is given back to the end takes all of it
with_margin as (
    select
        *,
        sum(given_back) over (
            partition by order_id order by refunded_at, refund_id rows between unbounded preceding and current row
        ) as given_back_so_far
    from with_revenue
),

in_proportion as (
    select
        *,
        case
            when order_revenue = 0 then 0
            when given_back_so_far = order_revenue then order_margin
            else {{ as_amount(rounded('cast(order_margin as double) * given_back_so_far / order_revenue', 4)) }}
        end as margin_so_far
    from with_margin
)

select
    refund_id,
    order_id as conversion_id,
    kind,
    refunded_at,
    currency,
    {{ as_amount('given_back') }} as revenue,
    {{ as_amount(
        'coalesce(margin, margin_so_far - coalesce(lag(margin_so_far) over (partition by order_id order by refunded_at, refund_id), 0))'
    ) }} as margin
from in_proportion
