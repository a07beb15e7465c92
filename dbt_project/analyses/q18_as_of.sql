-- What we knew on a day: the ranking of the last night until then, as it stood. Later nights and versions do not change it.
with asked as (
    select
        cast(null as varchar) as brand,  -- a brand's id; over all by default
        cast(null as date) as until  -- the day; the newest night by default
),

night as (
    select max(rankings.as_of_date) as as_of_date
    from marts.influencer_rankings as rankings
    cross join asked
    where asked.until is null or rankings.as_of_date <= asked.until
)

select
    rankings.as_of_date,
    rankings.rank,
    rankings.rank_low,
    rankings.rank_high,
    coalesce(persons.display_name, rankings.person_id) as person,
    rankings.impact,
    rankings.impact_low,
    rankings.impact_high,
    rankings.score_version,
    rankings.person_id
from marts.influencer_rankings as rankings
inner join night on rankings.as_of_date = night.as_of_date
cross join asked
left join marts.dim_persons as persons on rankings.person_id = persons.person_id
where
    rankings.scope_kind = case when asked.brand is null then 'all' else 'brand' end
    and rankings.scope_id = coalesce(asked.brand, 'all')
    and rankings.population = 'public'
order by rankings.score_version, rankings.rank, rankings.person_id
limit 20
