select
    author_id,
    other_author_id,
    decision,
    decided_on,
    note
from {{ source('home', 'person_decisions') }}
