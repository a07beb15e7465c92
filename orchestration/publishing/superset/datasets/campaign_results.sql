-- One row per campaign and currency in which it has spend, sales or value. Adoptions, reach and lift are the campaign's and stand in each.
select
    brands.brand_name as brand,
    results.campaign_id,
    coalesce(campaigns.campaign_name, results.campaign_id) as campaign,
    campaigns.starts_on,
    campaigns.ends_on,
    campaigns.contacted_author_count,
    campaigns.agreed_author_count,
    results.currency,
    results.spend,
    results.incremental_adoptions,
    results.cost_per_incremental_adoption,
    results.traced_conversions,
    results.traced_net_revenue,
    results.cost_per_traced_conversion,
    results.traced_return_on_spend,
    results.influenced_conversions,
    results.influenced_net_revenue,
    results.influenced_return_on_spend,
    results.reach_at_least,
    results.reach_at_most,
    results.reach_sainsbury,
    results.reach_at_least || ' to ' || results.reach_at_most as possible_reach,
    results.post_count,
    results.reach_reported_post_count,
    results.reach_post_count - results.reach_reported_post_count as reach_estimated_post_count,
    results.post_count - results.reach_post_count as reach_unknown_post_count,
    results.lift,
    results.lift_low,
    results.lift_high,
    results.lift_reason,
    coalesce(
        cast(cast(results.lift_low as decimal(18, 2)) as varchar) || ' to ' || cast(cast(results.lift_high as decimal(18, 2)) as varchar),
        results.lift_reason
    ) as possible_lifts
from marts.mart_campaign_results as results
inner join marts.dim_campaigns as campaigns on results.campaign_id = campaigns.campaign_id
inner join marts.dim_brands as brands on results.brand_id = brands.brand_id
