select
    topic_id,
    topic_name,
    category
from {{ source('home', 'topics') }}
