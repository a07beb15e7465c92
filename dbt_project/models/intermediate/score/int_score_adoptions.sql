-- who has had it since long was moved by nobody we hear of; they are out of those who can be moved (int_score_mentions)
select
    adoptions.adoption_id,
    adoptions.source_adoption_id,
    adoptions.object_id,
    adoptions.person_id,
    adoptions.community_id,
    adoptions.week,
    adoptions.day,
    adoptions.adopted_at,
    adoptions.post_id
from {{ ref('int_score_first_adoptions') }} as adoptions
cross join {{ ref('int_score_night') }} as night
where adoptions.adopted_at >= night.begins_at and adoptions.is_new
