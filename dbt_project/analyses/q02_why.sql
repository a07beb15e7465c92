-- Why the first five are first: the posts behind their scores, and whom they moved.
-- One row without a post: nothing is credited to this person yet, the rank is what peers like them do.
with leaders as (
    select
        rankings.as_of_date,
        rankings.score_version,
        rankings.rank,
        rankings.person_id,
        rankings.credit
    from marts.influencer_rankings as rankings
    inner join marts.dim_score_versions as versions
        on
            rankings.score_version = versions.score_version
            and rankings.as_of_date = versions.last_as_of_date
            and versions.is_current
    where
        rankings.scope_kind = 'brand'
        and rankings.scope_id = 'morrowbean'
        and rankings.population = 'public'
        and rankings.rank <= 5
)

select
    leaders.rank,
    persons.display_name,
    leaders.credit as credit_in_all,
    evidence.credit,
    evidence.evidence_class,
    evidence.lag_days,
    mentions.sentence as said,
    posts.url,
    adopters.display_name as adopter,
    adoptions.evidence as adopter_said
from leaders
inner join marts.dim_persons as persons on leaders.person_id = persons.person_id
left join marts.ranking_evidence as evidence
    on
        leaders.person_id = evidence.person_id
        and leaders.as_of_date = evidence.as_of_date
        and leaders.score_version = evidence.score_version
        and evidence.scope_kind = 'brand'
        and evidence.scope_id = 'morrowbean'
left join marts.fct_mentions as mentions on evidence.mention_id = mentions.mention_id
left join marts.fct_posts as posts on mentions.post_id = posts.post_id
left join marts.fct_adoptions as adoptions on evidence.adoption_id = adoptions.adoption_id
left join marts.dim_persons as adopters on evidence.adopter_person_id = adopters.person_id
order by leaders.rank, leaders.person_id, evidence.position
