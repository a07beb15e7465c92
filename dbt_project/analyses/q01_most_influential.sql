-- The 20 people who move most peers to buy Morrowbean, and the ranks that the data leaves open. Who is credited comes first.
select
    rankings.rank,
    rankings.rank_low,
    rankings.rank_high,
    rankings.evidence_class,
    persons.display_name,
    rankings.person_id,
    rankings.impact,
    rankings.impact_low,
    rankings.impact_high,
    rankings.seen_share
from marts.influencer_rankings as rankings
inner join marts.dim_score_versions as versions
    on
        rankings.score_version = versions.score_version
        and rankings.as_of_date = versions.last_as_of_date
        and versions.is_current
inner join marts.dim_persons as persons on rankings.person_id = persons.person_id
where
    rankings.scope_kind = 'brand'
    and rankings.scope_id = 'morrowbean'
    and rankings.population = 'public'
order by rankings.rank, rankings.person_id
limit 20
