-- Why the first are first: the posts behind their scores, and whom they moved.
-- One row without a post: nothing is credited to this person yet, the rank is what peers like them do.
with asked as (
    select
        cast(null as varchar) as brand,  -- a brand's id or name; all of ours by default
        cast(null as varchar) as person,  -- a person's id; by default the first of each brand
        cast(5 as bigint) as people  -- how many of each brand where no person is named
),

brands as (
    select
        brands.brand_id,
        brands.brand_name
    from marts.dim_brands as brands
    cross join asked
    where asked.brand in (brands.brand_id, brands.brand_name) or (asked.brand is null and brands.is_ours)
),

leaders as (
    select rankings.*
    from marts.rankings_newest as rankings
    inner join brands on rankings.scope_id = brands.brand_id
    cross join asked
    where
        rankings.scope_kind = 'brand'
        and (rankings.person_id = asked.person or (asked.person is null and rankings.rank <= asked.people))
)

select
    leaders.brand,
    leaders.rank,
    leaders.person,
    leaders.credit as credit_in_all,
    evidence.credit,
    evidence.evidence_class,
    evidence.lag_days,
    mentions.sentence as said,
    posts.url,
    adopters.display_name as adopter,
    adoptions.evidence as adopter_said
from leaders
inner join marts.dim_score_versions as versions on leaders.ranked_on = versions.last_as_of_date and versions.is_current
left join marts.ranking_evidence as evidence
    on
        leaders.person_id = evidence.person_id
        and leaders.ranked_on = evidence.as_of_date
        and versions.score_version = evidence.score_version
        and leaders.scope_kind = evidence.scope_kind
        and leaders.scope_id = evidence.scope_id
left join marts.fct_mentions as mentions on evidence.mention_id = mentions.mention_id
left join marts.fct_posts as posts on mentions.post_id = posts.post_id
left join marts.fct_adoptions as adoptions on evidence.adoption_id = adoptions.adoption_id
left join marts.dim_persons as adopters on evidence.adopter_person_id = adopters.person_id
order by leaders.brand, leaders.rank, leaders.person_id, evidence.position
