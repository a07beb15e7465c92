select
    topic_id,
    topic_name,
    category
from {{ ref('topics') }}
