-- Which people fit a topic and a budget: most impact for what each may cost, as long as the money lasts.
-- A cost that is not known is estimated, and told apart: their followers at the median paid per follower, no less than was ever paid.
with asked as (
    select
        cast(null as varchar) as topic,  -- a topic's id or name; each of our categories by default
        cast(null as double precision) as budget,  -- what all together may cost; all who fit by default
        cast(null as varchar) as currency  -- its currency; the one in which most was paid by default
),

currencies as (
    select spend.currency
    from marts.fct_spend as spend
    cross join asked
    where spend.author_id is not null and (asked.currency is null or spend.currency = asked.currency)
    group by spend.currency
    order by count(*) desc, spend.currency asc
    limit 1
),

paid as (
    select
        bridge.person_id,
        avg(cast(spend.amount as double precision)) as cost
    from marts.fct_spend as spend
    inner join currencies on spend.currency = currencies.currency
    inner join marts.bridge_persons_authors as bridge on spend.author_id = bridge.author_id
    where spend.amount > 0
    group by bridge.person_id
),

known as (
    select
        paid.cost,
        paid.cost / persons.audience as cost_per_follower,
        row_number() over (order by paid.cost / persons.audience, paid.person_id) as position,
        count(*) over () as people
    from paid
    inner join marts.persons_overview as persons on paid.person_id = persons.person_id
    where persons.audience > 0
),

estimate as (
    select
        min(cost) as least_cost,
        avg(case when position in (floor((people + 1) / 2.0), floor((people + 2) / 2.0)) then cost_per_follower end) as cost_per_follower
    from known
),

ours as (
    select distinct category
    from marts.dim_brands
    where is_ours
),

fitting as (
    select
        rankings.topic,
        rankings.person_id,
        rankings.person,
        rankings.handle,
        rankings.platform,
        rankings.url,
        rankings.impact,
        rankings.impact_low,
        rankings.impact_high,
        rankings.evidence_class,
        rankings.audience,
        paid.cost is null as is_cost_estimated,
        coalesce(paid.cost, greatest(estimate.cost_per_follower * rankings.audience, estimate.least_cost)) as cost,
        row_number() over (partition by rankings.person_id order by rankings.impact desc, rankings.topic asc) as position
    from marts.rankings_newest as rankings
    inner join marts.dim_topics as topics on rankings.scope_id = topics.topic_id
    cross join asked
    cross join estimate
    left join paid on rankings.person_id = paid.person_id
    where
        rankings.scope_kind = 'topic'
        and (
            asked.topic in (topics.topic_id, topics.topic_name)
            or (asked.topic is null and topics.category in (select ours.category from ours))
        )
),

summed as (
    select
        fitting.*,
        sum(cost) over (order by impact / cost desc, person_id asc rows between unbounded preceding and current row) as spent
    from fitting
    where position = 1 and cost > 0
)

select
    summed.topic,
    summed.person,
    summed.handle,
    summed.platform,
    summed.audience,
    summed.evidence_class,
    summed.impact,
    summed.impact_low,
    summed.impact_high,
    summed.cost,
    summed.is_cost_estimated,
    currencies.currency,
    summed.cost / nullif(summed.impact, 0) as cost_per_adoption,
    summed.spent,
    summed.url,
    summed.person_id
from summed
cross join currencies
cross join asked
where asked.budget is null or summed.spent <= asked.budget
order by summed.spent, summed.person_id
limit 50
