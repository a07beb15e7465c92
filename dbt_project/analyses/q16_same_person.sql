-- Which accounts are one person's, and on what proof.
select
    persons.display_name,
    bridge.person_id,
    bridge.author_id,
    authors.platform_id,
    bridge.method,
    bridge.confidence
from marts.bridge_persons_authors as bridge
inner join marts.dim_persons as persons on bridge.person_id = persons.person_id
inner join marts.dim_authors as authors on bridge.author_id = authors.author_id and authors.is_current
where persons.author_count > 1
order by persons.author_count desc, bridge.person_id asc, bridge.author_id asc
limit 100
