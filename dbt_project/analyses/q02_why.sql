-- Why the first is first: the posts behind the score, and whom they moved.
with leader as (
    select person_id
    from influencer_rankings
    where
        as_of_date = (select max(nights.as_of_date) from influencer_rankings as nights)
        and scope_kind = 'brand'
        and scope_id = 'morrowbean'
        and population = 'public'
    order by rank, person_id
    limit 1
)

select
    evidence.position,
    evidence.credit,
    evidence.evidence_class,
    evidence.lag_days,
    mentions.sentence as said,
    posts.url,
    adopters.display_name as adopter,
    adoptions.evidence as adopter_said
from ranking_evidence as evidence
inner join leader on evidence.person_id = leader.person_id
inner join fct_mentions as mentions on evidence.mention_id = mentions.mention_id
inner join fct_posts as posts on mentions.post_id = posts.post_id
inner join fct_adoptions as adoptions on evidence.adoption_id = adoptions.adoption_id
left join dim_persons as adopters on evidence.adopter_person_id = adopters.person_id
where
    evidence.as_of_date = (select max(nights.as_of_date) from ranking_evidence as nights)
    and evidence.scope_kind = 'brand'
    and evidence.scope_id = 'morrowbean'
order by evidence.position
