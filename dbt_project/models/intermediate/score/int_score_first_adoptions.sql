-- Orders of customers whom nobody knows as a person are left out: no edge leads to them, and nothing could have moved them.
with adopted as (
    select
        'brand:' || brand_id as object_id,
        'brand' as object_kind,
        adoption_id,
        person_id,
        adopted_at,
        adopted_until,
        is_new,
        known_at,
        post_id,
        object_kind = 'product' as is_of_product
    from {{ ref('fct_adoptions') }}
    where person_id is not null
    union all
    select
        'product:' || object_id as object_id,
        'product' as object_kind,
        adoption_id,
        person_id,
        adopted_at,
        adopted_until,
        is_new,
        known_at,
        post_id,
        true as is_of_product
    from {{ ref('fct_adoptions') }}
    where person_id is not null and object_kind = 'product'
),

first_adoptions as (
    select adopted.*
    from adopted
    cross join {{ ref('int_score_night') }} as night
    where adopted.adopted_at < night.ends_at and adopted.known_at < night.ends_at
    qualify row_number() over (
        partition by adopted.person_id, adopted.object_id
        order by adopted.adopted_until asc, adopted.adopted_at asc, adopted.is_of_product desc, adopted.adoption_id asc
    ) = 1
)

select
    first_adoptions.object_kind || ' ' || first_adoptions.adoption_id as adoption_id,
    first_adoptions.adoption_id as source_adoption_id,
    first_adoptions.object_id,
    first_adoptions.person_id,
    coalesce(communities.community_id, 'none') as community_id,
    {{ week_of('first_adoptions.adopted_at') }} as week,
    {{ day_of('first_adoptions.adopted_at') }} as day,
    first_adoptions.adopted_at,
    first_adoptions.is_new,
    first_adoptions.post_id
from first_adoptions
left join {{ ref('stg_scores__communities') }} as communities on first_adoptions.person_id = communities.person_id
