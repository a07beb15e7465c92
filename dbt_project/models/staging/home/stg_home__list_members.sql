select
    list,
    author_id,
    handle,
    status,
    changed_on,
    label,
    note
from {{ source('home', 'list_members') }}
