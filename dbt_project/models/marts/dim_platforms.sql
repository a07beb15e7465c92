select
    platform_id,
    platform_name,
    channel_id,
    home_url
from {{ ref('platforms') }}
