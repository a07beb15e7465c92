select
    campaign_id,
    author_id,
    contacted_on,
    outcome
from {{ source('home', 'campaign_contacts') }}
