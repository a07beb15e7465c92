-- What we knew on 30 September 2026: the ranking of that night, as it stood. Later nights and versions do not change it.
select
    rank,
    rank_low,
    rank_high,
    person_id,
    impact,
    score_version
from marts.influencer_rankings
where as_of_date = date '2026-09-30' and scope_kind = 'all' and population = 'public'
order by score_version, rank, person_id
limit 20
