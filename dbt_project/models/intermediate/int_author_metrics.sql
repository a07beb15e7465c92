with reported as (
    {{ metrics_of('authors', 'author_id', also=['observed_at']) }}
)

select
    reported.*,
    metric_map.metric
from reported
left join {{ ref('metric_map') }} as metric_map
    on
        reported.platform_id = metric_map.platform_id
        and reported.source_metric = metric_map.source_metric
        and reported.observed_date >= metric_map.valid_from
        and reported.observed_date < coalesce(metric_map.valid_to, date '9999-12-31')
