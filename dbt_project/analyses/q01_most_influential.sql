-- Who moves most peers to buy a brand, and the ranks that the data leaves open. Who is credited comes first.
with asked as (
    select
        cast(null as varchar) as brand,  -- a brand's id or name; all of ours by default
        cast(20 as bigint) as people,  -- how many of each brand
        cast(null as date) as since  -- who spoke of it on this day or later
),

brands as (
    select
        brands.brand_id,
        brands.brand_name
    from marts.dim_brands as brands
    cross join asked
    where asked.brand in (brands.brand_id, brands.brand_name) or (asked.brand is null and brands.is_ours)
)

select
    rankings.brand,
    rankings.rank,
    rankings.rank_low,
    rankings.rank_high,
    rankings.evidence_class,
    rankings.person,
    rankings.handle,
    rankings.platform,
    rankings.audience,
    rankings.impact,
    rankings.impact_low,
    rankings.impact_high,
    rankings.evidence_count,
    rankings.is_contacted,
    rankings.best_quote,
    rankings.url,
    rankings.person_id
from marts.rankings_newest as rankings
inner join brands on rankings.scope_id = brands.brand_id
cross join asked
where
    rankings.scope_kind = 'brand'
    and rankings.rank <= asked.people
    and (asked.since is null or rankings.last_said_at >= asked.since)
order by rankings.brand, rankings.rank, rankings.person_id
