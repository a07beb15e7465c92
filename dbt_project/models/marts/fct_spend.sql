select
    campaign_id,
    author_id,
    spent_on,
    kind,
    currency,
    cast(sum(amount) as decimal(18, 4)) as amount
from {{ ref('stg_home__campaign_spend') }}
group by campaign_id, author_id, spent_on, kind, currency
