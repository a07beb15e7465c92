select
    topic_id,
    topic_name,
    category
from {{ ref('stg_home__topics') }}
