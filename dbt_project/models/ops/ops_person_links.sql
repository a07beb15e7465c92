select
    author_id,
    other_author_id,
    method,
    confidence,
    decision,
    evidence,
    decided_at
from {{ ref('int_person_links') }}
