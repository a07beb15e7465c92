-- Who rose or fell most in four weeks (or since the first night), and whether it was another version, more data, or what they did.
with asked as (
    select
        cast(null as varchar) as brand,  -- a brand's id; over all by default
        cast(null as date) as since,  -- the night that is compared with; by default four weeks ago, or the first there is
        cast(200 as bigint) as places  -- who is among the first so many, then or now
),

nights as (
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
    cross join asked
    order by
        case when nights.as_of_date <= coalesce(asked.since, newest.as_of_date - 28) then nights.as_of_date end desc nulls last,
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
    cross join asked
    where
        now.scope_kind = case when asked.brand is null then 'all' else 'brand' end
        and now.scope_id = coalesce(asked.brand, 'all')
        and now.population = 'public'
        and least(now.rank, before.rank) <= asked.places
)

select
    persons.display_name as person,
    compared.rank_before,
    compared.rank_now,
    compared.places_gained,
    compared.because,
    compared.person_id
from compared
inner join marts.dim_persons as persons on compared.person_id = persons.person_id
order by abs(compared.places_gained) desc, compared.person_id
limit 20
