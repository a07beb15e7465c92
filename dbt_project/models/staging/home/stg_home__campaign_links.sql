select
    campaign_id,
    author_id,
    post_id,
    utm_source,
    utm_campaign,
    utm_content
from {{ source('home', 'campaign_links') }}
