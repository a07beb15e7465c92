-- The first of those who together reach most different people: how many each would add to the most connected one.
-- (`groundswell shortlist` picks the whole set; overlap needs one step after another.)
with audiences as (
    select distinct
        bridge.person_id,
        edges.audience_person_id
    from marts.fct_influence_edges as edges
    inner join marts.bridge_persons_authors as bridge on edges.author_id = bridge.author_id
    where edges.edge_class in ('interacted', 'follows')
),

sizes as (
    select
        person_id,
        count(*) as audience
    from audiences
    group by person_id
),

largest as (
    select person_id
    from sizes
    order by audience desc, person_id asc
    limit 1
)

select
    persons.display_name as person,
    sizes.audience,
    count(*) filter (where known.audience_person_id is null) as new_beside_the_largest,
    sizes.person_id
from sizes
inner join marts.dim_persons as persons on sizes.person_id = persons.person_id
inner join audiences on sizes.person_id = audiences.person_id
left join audiences as known
    on audiences.audience_person_id = known.audience_person_id and known.person_id in (select largest.person_id from largest)
where sizes.person_id not in (select largest.person_id from largest)
group by sizes.person_id, sizes.audience, persons.display_name
order by new_beside_the_largest desc, sizes.person_id asc
limit 10
