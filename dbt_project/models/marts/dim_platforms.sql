select
    platform_id,
    platform_name,
    channel_id,
    home_url,
    must_delete_source
from {{ ref('platforms') }}
