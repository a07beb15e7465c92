select
    channel_id,
    channel_name,
    exposes_views,
    exposes_followers,
    exposes_edges,
    post_half_life_hours,
    half_life_source
from {{ ref('channels') }}
