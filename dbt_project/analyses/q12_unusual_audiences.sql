-- Whose audience looks unusual, by which signal, and how much of it counts. Unusual is not false.
select
    persons.display_name as person,
    rankings.person_id,
    rankings.authenticity,
    rankings.unusual_signals,
    rankings.rank
from marts.influencer_rankings as rankings
inner join marts.dim_score_versions as versions
    on
        rankings.score_version = versions.score_version
        and rankings.as_of_date = versions.last_as_of_date
        and versions.is_current
inner join marts.dim_persons as persons on rankings.person_id = persons.person_id
where
    rankings.scope_kind = 'all'
    and rankings.authenticity < 1
order by rankings.authenticity, rankings.rank, rankings.person_id
limit 20
