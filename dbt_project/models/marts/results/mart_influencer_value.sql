with impacts as (
    select * from {{ ref('stg_attribution__impacts') }}
),

night as (
    select max(as_of_date) as as_of_date
    from impacts
),

margins as (
    select
        brand_id,
        currency,
        {{ as_amount('avg(net_margin)') }} as margin,
        count(*) as order_count
    from {{ ref('fct_conversions') }}
    where kind = 'order' and net_margin is not null
    group by brand_id, currency
),

costs as (
    select
        coalesce(bridge.person_id, spend.author_id) as person_id,
        campaigns.brand_id,
        spend.currency,
        sum(spend.amount) as cost
    from {{ ref('fct_spend') }} as spend
    inner join {{ ref('dim_campaigns') }} as campaigns on spend.campaign_id = campaigns.campaign_id
    left join {{ ref('bridge_persons_authors') }} as bridge on spend.author_id = bridge.author_id
    cross join night
    where spend.author_id is not null and spend.spent_on between night.as_of_date - 27 and night.as_of_date
    group by coalesce(bridge.person_id, spend.author_id), campaigns.brand_id, spend.currency
)

select
    impacts.person_id,
    impacts.brand_id,
    margins.currency,
    impacts.as_of_date,
    impacts.impact,
    margins.margin as margin_per_order,
    margins.order_count as margin_order_count,
    {{ as_amount('coalesce(costs.cost, 0)') }} as cost_28_days,
    {{ as_amount(rounded('impacts.impact * margins.margin - coalesce(costs.cost, 0)', 2)) }} as forecast_net_value,
    {{ as_amount(rounded('impacts.impact_low * margins.margin - coalesce(costs.cost, 0)', 2)) }} as forecast_net_value_low,
    {{ as_amount(rounded('impacts.impact_high * margins.margin - coalesce(costs.cost, 0)', 2)) }} as forecast_net_value_high
from impacts
inner join margins on impacts.brand_id = margins.brand_id
left join costs
    on impacts.person_id = costs.person_id and impacts.brand_id = costs.brand_id and margins.currency = costs.currency
