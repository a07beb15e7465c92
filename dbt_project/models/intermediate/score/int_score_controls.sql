-- What comes after cannot have moved anybody: who speaks of an object for the first time after a peer adopted it shows what being alike and
-- common occasions bring alone. First events on both sides, for owners go on talking, and edges older than both. Either side of a first
-- mention is looked at as far as both were seen.
with night as (
    select
        night.ends_at,
        greatest(night.begins_at, (select min(said_at) from {{ ref('int_score_said') }})) as begins_at
    from {{ ref('int_score_night') }} as night
),

first_said as (
    select
        said.object_id,
        said.person_id,
        said.author_id,
        said.said_at,
        least(
            {{ var('window_days') }},
            {{ days_from('night.begins_at', 'said.said_at') }},
            {{ days_from('said.said_at', 'night.ends_at') }}
        ) as days
    from {{ ref('int_score_said') }} as said
    cross join night
    qualify row_number() over (partition by said.object_id, said.person_id order by said.said_at, said.mention_id) = 1
),

edges as (
    select
        edges.audience_person_id,
        accounts.person_id,
        edges.edge_class,
        edges.class_weight,
        edges.valid_from,
        edges.valid_to
    from {{ ref('int_score_edges') }} as edges
    inner join {{ ref('bridge_persons_authors') }} as accounts on edges.author_id = accounts.author_id
),

pairs as (
    select distinct
        audience_person_id,
        person_id
    from edges
)

select
    adoptions.adoption_id,
    adoptions.object_id,
    first_said.person_id,
    accounts.channel_id,
    edges.edge_class,
    back.person_id is null as is_one_way,
    {{ days_from('first_said.said_at', 'adoptions.adopted_at') }} as lag_days
from {{ ref('int_score_adoptions') }} as adoptions
inner join edges on adoptions.person_id = edges.audience_person_id
inner join first_said on edges.person_id = first_said.person_id and adoptions.object_id = first_said.object_id
inner join {{ ref('dim_authors') }} as accounts on first_said.author_id = accounts.author_id and accounts.is_current
left join pairs as back on adoptions.person_id = back.person_id and first_said.person_id = back.audience_person_id
where
    adoptions.person_id != first_said.person_id
    and edges.valid_from <= least(first_said.said_at, adoptions.adopted_at)
    and edges.valid_to > least(first_said.said_at, adoptions.adopted_at)
    and adoptions.adopted_at != first_said.said_at
    and abs({{ days_from('first_said.said_at', 'adoptions.adopted_at') }}) <= first_said.days
qualify row_number() over (
    partition by adoptions.adoption_id, first_said.person_id order by edges.class_weight desc, edges.edge_class asc
) = 1
