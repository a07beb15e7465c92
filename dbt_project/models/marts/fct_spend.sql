select
    campaign_id,
    author_id,
    spent_on,
    kind,
    currency,
    {{ as_amount('sum(amount)') }} as amount
from {{ ref('stg_home__campaign_spend') }}
group by campaign_id, author_id, spent_on, kind, currency
