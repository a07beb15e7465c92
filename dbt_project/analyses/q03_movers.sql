-- Who rose or fell most in four weeks (or since the first night), and whether it was another version, more data, or what they did.
with asked as (
    select
        cast(null as varchar) as brand,  -- a brand's id; over all by default
        cast(false as boolean) as each_brand,  -- whether each brand beside over all
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
        now.scope_kind,
        now.scope_id,
        now.person_id,
        before.as_of_date as before_date,
        now.as_of_date,
        before.rank as rank_before,
        now.rank as rank_now,
        before.rank - now.rank as places_gained,
        before.impact as impact_before,
        before.impact_low as impact_low_before,
        before.impact_high as impact_high_before,
        now.impact,
        now.impact - before.impact as impact_gained,
        now.mention_count - before.mention_count as mentions_gained,
        now.score_version = before.score_version
        and (now.impact_low > before.impact_high or now.impact_high < before.impact_low) as is_certain,
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
        case
            when asked.each_brand then now.scope_kind in ('all', 'brand')
            when asked.brand is null then now.scope_kind = 'all'
            else now.scope_kind = 'brand' and now.scope_id = asked.brand
        end
        and now.population = 'public'
        and least(now.rank, before.rank) <= asked.places
)

select
    coalesce(persons.person, compared.person_id) as person,
    brands.brand_name as brand,
    compared.rank_before,
    compared.rank_now,
    compared.places_gained,
    compared.impact_before,
    compared.impact_low_before,
    compared.impact_high_before,
    compared.impact,
    compared.impact_gained,
    compared.mentions_gained,
    compared.is_certain,
    compared.because,
    compared.before_date,
    compared.as_of_date,
    compared.scope_kind,
    compared.scope_id,
    compared.person_id
from compared
left join marts.persons_overview as persons on compared.person_id = persons.person_id
left join marts.dim_brands as brands on compared.scope_kind = 'brand' and compared.scope_id = brands.brand_id
order by abs(compared.places_gained) desc, compared.person_id asc, compared.scope_kind asc, compared.scope_id asc
limit 20
