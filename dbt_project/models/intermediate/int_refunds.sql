with versions as (
    {{ union_of('refunds') }}
)

select
    refund_id,
    platform_id,
    source_name,
    native_id,
    order_id,
    coalesce(kind, 'refund') as kind,
    revenue,
    margin,
    currency,
    coalesce(refunded_at, observed_at) as refunded_at,
    observed_at
from versions
qualify row_number() over (partition by refund_id order by load_id desc, source_name asc) = 1
