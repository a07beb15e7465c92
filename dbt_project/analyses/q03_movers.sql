-- Who rose or fell most in four weeks (or since the first night), and whether it was another version, more data, or what they did.
with nights as (
    select distinct
        rankings.as_of_date,
        rankings.score_version,
        versions.first_as_of_date
    from marts.influencer_rankings as rankings
    inner join marts.dim_score_versions as versions on rankings.score_version = versions.score_version
),

newest as (
    select
        last_as_of_date as as_of_date,
        score_version
    from marts.dim_score_versions
    where is_current
),

earlier as (
    select
        nights.as_of_date,
        nights.score_version
    from nights
    inner join newest on nights.as_of_date < newest.as_of_date
    order by
        case when nights.as_of_date <= newest.as_of_date - 28 then nights.as_of_date end desc nulls last,
        nights.as_of_date asc,
        case when nights.score_version = newest.score_version then 0 else 1 end asc,
        nights.first_as_of_date desc,
        nights.score_version asc
    limit 1
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
    from marts.influencer_rankings as now
    inner join newest on now.as_of_date = newest.as_of_date and now.score_version = newest.score_version
    inner join marts.influencer_rankings as before
        on
            now.person_id = before.person_id
            and now.scope_kind = before.scope_kind
            and now.scope_id = before.scope_id
            and now.population = before.population
    inner join earlier on before.as_of_date = earlier.as_of_date and before.score_version = earlier.score_version
    where now.scope_kind = 'all' and now.population = 'public' and least(now.rank, before.rank) <= 200
)

select *
from compared
order by abs(places_gained) desc, person_id
limit 20
