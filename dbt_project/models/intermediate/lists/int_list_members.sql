select
    changes.list,
    changes.author_id,
    bridge.person_id,
    max_by(changes.handle, changes.changed_on) filter (where changes.handle is not null) as handle,
    max_by(changes.label, changes.changed_on) filter (where changes.label is not null) as label,
    max_by(changes.status, changes.changed_on) as status,
    max_by(changes.note, changes.changed_on) filter (where changes.note is not null) as note,
    min(changes.changed_on) as added_on,
    min(changes.changed_on) filter (where changes.status = 'contacted') as contacted_on,
    min(changes.changed_on) filter (where changes.status = 'agreed') as agreed_on,
    min(changes.changed_on) filter (where changes.status = 'paid') as paid_on,
    min(changes.changed_on) filter (where changes.status = 'declined') as declined_on,
    max(changes.changed_on) filter (where changes.status != 'prospect') as last_contacted_on,
    max(changes.changed_on) as changed_on
from {{ ref('stg_home__list_members') }} as changes
left join {{ ref('bridge_persons_authors') }} as bridge on changes.author_id = bridge.author_id
group by changes.list, changes.author_id, bridge.person_id
