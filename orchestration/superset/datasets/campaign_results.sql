-- One row per campaign and currency in which it has spend, sales or value.
select
    campaigns.campaign_name as campaign,
    brands.brand_name as brand,
    campaigns.starts_on,
    campaigns.ends_on,
    results.currency,
    results.spend,
    results.incremental_adoptions,
    results.cost_per_incremental_adoption,
    results.traced_sales,
    results.cost_per_traced_sale,
    results.traced_return_on_spend,
    results.influenced_sales,
    results.influenced_return_on_spend,
    results.post_count,
    results.reach_post_count,
    results.reach_reported_post_count,
    results.reach_at_least,
    results.reach_at_most,
    results.known_audience,
    results.lift,
    results.lift_low,
    results.lift_high,
    results.lift_reason,
    coalesce(
        cast(cast(results.lift as decimal(18, 3)) as varchar)
        || coalesce(
            ' (' || cast(cast(results.lift_low as decimal(18, 3)) as varchar)
            || ' to ' || cast(cast(results.lift_high as decimal(18, 3)) as varchar) || ')',
            ''
        ),
        results.lift_reason
    ) as lift_shown
from marts.mart_campaign_results as results
inner join marts.dim_campaigns as campaigns on results.campaign_id = campaigns.campaign_id
inner join marts.dim_brands as brands on results.brand_id = brands.brand_id
