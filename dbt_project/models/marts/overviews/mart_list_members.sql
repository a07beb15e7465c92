with said as (
    select
        person_id,
        max(said_at) as last_said_at,
        max_by(post_id, (said_at, post_id)) as last_post_id
    from {{ ref('mentions_enriched') }}
    where is_ours and person_id is not null
    group by person_id
)

select
    members.list,
    coalesce(persons.person, members.handle) as person,
    coalesce(authors.handle, members.handle) as handle,
    authors.platform_id as platform,
    authors.url,
    members.label,
    members.status,
    members.note,
    members.added_on,
    members.contacted_on,
    members.agreed_on,
    members.paid_on,
    members.declined_on,
    members.changed_on,
    persons.rank,
    persons.audience,
    said.last_said_at,
    said.last_post_id,
    persons.last_active_at,
    members.author_id,
    members.person_id
from {{ ref('int_list_members') }} as members
left join {{ ref('dim_authors') }} as authors on members.author_id = authors.author_id and authors.is_current
left join {{ ref('persons_overview') }} as persons on members.person_id = persons.person_id
left join said on members.person_id = said.person_id
