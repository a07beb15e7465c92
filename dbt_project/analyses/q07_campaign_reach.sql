-- How many people a campaign reached: reported and estimated apart, each person once, between these bounds.
with asked as (
    select cast(null as varchar) as campaign  -- a campaign's id or name; all by default
)

select
    campaigns.campaign_name,
    results.post_count,
    results.reach_post_count,
    results.reach_reported_post_count,
    results.reach_at_least,
    results.reach_sainsbury,
    results.reach_at_most,
    results.known_audience
from (
    select distinct
        campaign_id,
        post_count,
        reach_post_count,
        reach_reported_post_count,
        reach_at_least,
        reach_sainsbury,
        reach_at_most,
        known_audience
    from marts.mart_campaign_results
) as results
inner join marts.dim_campaigns as campaigns on results.campaign_id = campaigns.campaign_id
cross join asked
where asked.campaign is null or asked.campaign in (campaigns.campaign_id, campaigns.campaign_name)
order by campaigns.campaign_name
