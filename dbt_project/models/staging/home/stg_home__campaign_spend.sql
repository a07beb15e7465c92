select
    campaign_id,
    author_id,
    spent_on,
    kind,
    amount,
    currency,
    note
from {{ source('home', 'campaign_spend') }}
