select
    topic_id,
    term,
    kind,
    exclusions,
    contexts
from {{ source('home', 'topic_terms') }}
