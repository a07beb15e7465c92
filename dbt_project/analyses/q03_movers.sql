-- Who rose or fell most in four weeks (or since the first night), and whether it was another version, more data, or what they did.
with newest as (
    select max(as_of_date) as as_of_date
    from marts.influencer_rankings
),

nights as (
    select
        newest.as_of_date,
        coalesce(
            max(rankings.as_of_date) filter (where rankings.as_of_date <= newest.as_of_date - 28), min(rankings.as_of_date)
        ) as before_date
    from newest
    cross join marts.influencer_rankings as rankings
    group by newest.as_of_date
),

compared as (
    select
        now.person_id,
        before.rank as rank_before,
        now.rank as rank_now,
        before.rank - now.rank as places_gained,
        case
            when before.score_version != now.score_version then 'version'
            when now.mention_count != before.mention_count then 'behaviour'
            when now.rank between before.rank_low and before.rank_high then 'within the old interval'
            else 'data'
        end as because
    from nights
    inner join marts.influencer_rankings as now on nights.as_of_date = now.as_of_date
    inner join marts.influencer_rankings as before
        on
            nights.before_date = before.as_of_date
            and now.person_id = before.person_id
            and now.scope_kind = before.scope_kind
            and now.scope_id = before.scope_id
            and now.population = before.population
    where now.scope_kind = 'all' and now.population = 'public' and least(now.rank, before.rank) <= 200
)

select *
from compared
order by abs(places_gained) desc, person_id
limit 20
