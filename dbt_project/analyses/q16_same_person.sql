-- Which accounts are one person's, and on what proof.
with asked as (
    select cast(null as varchar) as person  -- a person's id; all who have several accounts by default
)

select
    persons.display_name as person,
    authors.platform_id as platform,
    authors.handle,
    bridge.method,
    bridge.confidence,
    bridge.author_id,
    bridge.person_id
from marts.bridge_persons_authors as bridge
inner join marts.dim_persons as persons on bridge.person_id = persons.person_id
inner join marts.dim_authors as authors on bridge.author_id = authors.author_id and authors.is_current
cross join asked
where bridge.person_id = asked.person or (asked.person is null and persons.author_count > 1)
order by persons.author_count desc, bridge.person_id asc, bridge.author_id asc
limit 100
