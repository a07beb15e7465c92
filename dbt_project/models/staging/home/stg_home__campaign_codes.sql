select
    code,
    campaign_id,
    author_id,
    valid_from
from {{ source('home', 'campaign_codes') }}
