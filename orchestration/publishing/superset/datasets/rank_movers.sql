-- One row per brand and person ranked for it in the newest night and a week before (or as far back as rankings go), and why they moved.
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
        case when nights.as_of_date <= newest.as_of_date - 7 then nights.as_of_date end desc nulls last,
        nights.as_of_date asc,
        case when nights.score_version = newest.score_version then 0 else 1 end asc,
        nights.first_as_of_date desc,
        nights.score_version asc
    limit 1
)

select
    brands.brand_name as brand,
    now.person_id,
    coalesce(persons.person, now.person_id) as person,
    persons.handle,
    before.as_of_date as before_date,
    now.as_of_date,
    before.rank as rank_before,
    now.rank,
    before.rank - now.rank as places_gained,
    before.impact as impact_before,
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
        now.scope_kind = before.scope_kind and now.scope_id = before.scope_id and now.population = before.population
        and now.person_id = before.person_id
inner join earlier on before.as_of_date = earlier.as_of_date and before.score_version = earlier.score_version
inner join marts.dim_brands as brands on now.scope_id = brands.brand_id
left join marts.persons_overview as persons on now.person_id = persons.person_id
where now.scope_kind = 'brand' and now.population = 'public'
