select
    campaign_id,
    author_id,
    arm
from {{ source('home', 'campaign_hold_outs') }}
