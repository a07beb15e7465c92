-- Adopters meet the accounts that they see before they meet what those said: accounts times mentions would be their product. Mentions and
-- adoptions meet in stretches as long as the window: the adoption lies in the mention's stretch or in the one after.
with said as (
    select distinct
        author_id,
        object_id,
        stretch
    from {{ ref('int_score_hazards') }}
    union
    select distinct
        author_id,
        object_id,
        stretch + 1 as stretch
    from {{ ref('int_score_hazards') }}
),

seen as (
    select
        adoptions.adoption_id,
        adoptions.object_id,
        adoptions.adopted_at,
        {{ stretch_of('adoptions.adopted_at') }} as stretch,
        edges.author_id,
        edges.edge_class,
        edges.class_weight,
        edges.valid_from,
        edges.valid_to
    from {{ ref('int_score_adoptions') }} as adoptions
    inner join {{ ref('int_score_edges') }} as edges on adoptions.person_id = edges.audience_person_id
    where edges.valid_from < adoptions.adopted_at
)

select seen.*
from seen
inner join said on seen.author_id = said.author_id and seen.object_id = said.object_id and seen.stretch = said.stretch
