-- One row per brand and person ranked for it in the newest night and a week before (or as long as there are nights).
with nights as (
    select distinct
        as_of_date,
        score_version
    from marts.influencer_rankings
),

newest as (
    select
        nights.as_of_date,
        nights.score_version
    from nights
    inner join marts.dim_score_versions as versions on nights.score_version = versions.score_version
    order by nights.as_of_date desc, versions.first_as_of_date desc, nights.score_version asc
    limit 1
),

before as (
    select
        nights.as_of_date,
        nights.score_version
    from nights
    inner join marts.dim_score_versions as versions on nights.score_version = versions.score_version
    cross join newest
    where nights.as_of_date < newest.as_of_date
    order by
        case when nights.as_of_date <= newest.as_of_date - 7 then nights.as_of_date end desc nulls last,
        nights.as_of_date asc,
        case when nights.score_version = newest.score_version then 0 else 1 end asc,
        versions.first_as_of_date desc,
        nights.score_version asc
    limit 1
)

select
    brands.brand_name as brand,
    rankings.person_id,
    coalesce(persons.display_name, heads.handle, rankings.person_id) as person,
    heads.handle,
    earlier.as_of_date as before_date,
    rankings.as_of_date,
    earlier.rank as rank_before,
    rankings.rank,
    earlier.rank - rankings.rank as places_gained,
    earlier.impact as impact_before,
    rankings.impact,
    rankings.impact - earlier.impact as impact_gained,
    rankings.mention_count - earlier.mention_count as mentions_gained,
    case
        when rankings.score_version <> earlier.score_version then 'version'
        when rankings.mention_count <> earlier.mention_count then 'behaviour'
        when rankings.rank between earlier.rank_low and earlier.rank_high then 'within the old interval'
        else 'data'
    end as because,
    rankings.score_version = earlier.score_version
    and (rankings.impact_low > earlier.impact_high or rankings.impact_high < earlier.impact_low) as is_certain
from marts.influencer_rankings as rankings
inner join newest on rankings.as_of_date = newest.as_of_date and rankings.score_version = newest.score_version
inner join marts.influencer_rankings as earlier
    on
        rankings.scope_kind = earlier.scope_kind and rankings.scope_id = earlier.scope_id
        and rankings.population = earlier.population and rankings.person_id = earlier.person_id
inner join before on earlier.as_of_date = before.as_of_date and earlier.score_version = before.score_version
inner join marts.dim_brands as brands on rankings.scope_id = brands.brand_id
left join marts.dim_persons as persons on rankings.person_id = persons.person_id
left join marts.dim_authors as heads on rankings.person_id = heads.author_id and heads.is_current
where rankings.population = 'public' and rankings.scope_kind = 'brand'
