-- What an adoption that would not have happened anyway costs: by campaign, and by author within it.
with asked as (
    select cast(null as varchar) as campaign  -- a campaign's id or name; all by default
),

paid as (
    select
        campaign_id,
        author_id,
        currency,
        sum(amount) as cost
    from marts.fct_spend
    group by campaign_id, author_id, currency
),

moved as (
    select
        bridge.author_id,
        value.brand_id,
        max(value.impact) as impact
    from marts.mart_influencer_value as value
    inner join marts.bridge_persons_authors as bridge on value.person_id = bridge.person_id
    group by bridge.author_id, value.brand_id
)

select
    campaigns.campaign_name,
    results.cost_per_incremental_adoption as campaign_cost_per_adoption,
    paid.author_id,
    paid.currency,
    paid.cost,
    moved.impact as adoptions_in_28_days,
    cast(paid.cost as double precision) / nullif(moved.impact, 0) as cost_per_adoption
from paid
inner join marts.dim_campaigns as campaigns on paid.campaign_id = campaigns.campaign_id
left join marts.mart_campaign_results as results on paid.campaign_id = results.campaign_id and paid.currency = results.currency
cross join asked
left join moved on paid.author_id = moved.author_id and campaigns.brand_id = moved.brand_id
where asked.campaign is null or asked.campaign in (campaigns.campaign_id, campaigns.campaign_name)
order by cost_per_adoption asc nulls last, paid.author_id asc, campaigns.campaign_name asc
limit 20
