{{ config(materialized='keyed', key='author_id') }}

{% call keys('touched') %}
    select author_id as key
    from (
        {{ told_anew('authors', 'author_id', as_staged=true) }}
    ) as told
{% endcall %}

with reported as (
    {{ metrics_of('authors', 'author_id', also=['observed_at'], wanted=among('author_id')) }}
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
