with reported as (
    {{ metrics_of('posts', 'post_id') }}
    union all by name
    {{ reported_metrics(ref('int_mediawiki_page_views'), 'post_id', ['views'], best_first='observed_date') }}
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
