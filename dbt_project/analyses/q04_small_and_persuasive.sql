-- Accounts with few followers that persuade more per 1,000 reached than everybody whom we paid; of those to whom adoptions are credited.
with asked as (
    select
        cast(null as varchar) as brand,  -- a brand's id; over all by default
        cast(5000 as bigint) as audience  -- fewer followers than this
),

ranked as (
    select rankings.*
    from marts.rankings_newest as rankings
    cross join asked
    where
        rankings.scope_kind = case when asked.brand is null then 'all' else 'brand' end
        and rankings.scope_id = coalesce(asked.brand, 'all')
),

paid as (
    select distinct bridge.person_id
    from marts.fct_spend as spend
    inner join marts.bridge_persons_authors as bridge on spend.author_id = bridge.author_id
)

select
    ranked.rate_rank,
    ranked.person,
    ranked.handle,
    1000 * ranked.rate as adoptions_per_1000_reached,
    ranked.audience,
    ranked.evidence_count,
    ranked.data_weight,
    ranked.url,
    ranked.person_id
from ranked
cross join asked
where
    ranked.audience < asked.audience
    and ranked.evidence_class = 'credited'
    and ranked.person_id not in (select paid.person_id from paid)
    and ranked.rate > coalesce((select max(others.rate) from ranked as others inner join paid on others.person_id = paid.person_id), 0)
order by ranked.rate_rank, ranked.person_id
limit 20
