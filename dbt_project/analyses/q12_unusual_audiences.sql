-- Whose audience looks unusual, by which signal, and how much of it counts. Unusual is not false.
select
    persons.display_name,
    rankings.person_id,
    rankings.authenticity,
    rankings.unusual_signals,
    rankings.rank
from marts.influencer_rankings as rankings
inner join marts.dim_persons as persons on rankings.person_id = persons.person_id
where
    rankings.as_of_date = (select max(nights.as_of_date) from marts.influencer_rankings as nights)
    and rankings.scope_kind = 'all'
    and rankings.authenticity < 1
order by rankings.authenticity, rankings.rank, rankings.person_id
limit 20
