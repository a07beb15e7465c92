select
    platform_id,
    source_metric,
    metric,
    valid_from,
    valid_to,
    note
from {{ ref('metric_map') }}
