with edges as (
    select
        edges.audience_person_id,
        edges.author_id,
        edges.edge_class,
        edges.class_weight,
        edges.first_at
    from {{ ref('fct_influence_edges') }} as edges
    cross join {{ ref('int_score_night') }} as night
    where edges.first_at < night.ends_at
),

-- an edge that a heavier one of the same time or before outweighs changes nothing
heaviest as (
    select
        *,
        max(class_weight) over (
            partition by audience_person_id, author_id
            order by first_at asc, class_weight desc
            rows between unbounded preceding and 1 preceding
        ) as weight_before
    from edges
)

select
    audience_person_id,
    author_id,
    edge_class,
    class_weight,
    coalesce(weight_before, 0) as weight_before,
    first_at as valid_from,
    coalesce(
        lead(first_at) over (partition by audience_person_id, author_id order by first_at),
        timestamptz '9999-12-31 00:00:00+00'
    ) as valid_to
from heaviest
where class_weight > coalesce(weight_before, 0)
