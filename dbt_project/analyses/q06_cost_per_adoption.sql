-- What an adoption that would not have happened anyway costs: of a campaign by what it brought while it ran, of an author by what their
-- words are forecast to bring in 28 days.
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
    results.incremental_adoptions as campaign_adoptions,
    results.cost_per_incremental_adoption as campaign_cost_per_adoption,
    coalesce(persons.display_name, paid.author_id) as person,
    paid.currency,
    paid.cost as paid_to_author,
    moved.impact as forecast_adoptions_28_days,
    cast(paid.cost as double precision) / nullif(moved.impact, 0) as cost_per_forecast_adoption,
    paid.author_id
from paid
inner join marts.dim_campaigns as campaigns on paid.campaign_id = campaigns.campaign_id
left join marts.mart_campaign_results as results on paid.campaign_id = results.campaign_id and paid.currency = results.currency
cross join asked
left join marts.bridge_persons_authors as bridge on paid.author_id = bridge.author_id
left join marts.dim_persons as persons on bridge.person_id = persons.person_id
left join moved on paid.author_id = moved.author_id and campaigns.brand_id = moved.brand_id
where asked.campaign is null or asked.campaign in (campaigns.campaign_id, campaigns.campaign_name)
order by cost_per_forecast_adoption asc nulls last, paid.author_id asc, campaigns.campaign_name asc
limit 20
