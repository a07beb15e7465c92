select
    rule_version,
    channel_id,
    metric,
    unit_value,
    currency,
    valid_from,
    valid_to,
    source
from {{ source('home', 'unit_values') }}
