{{ config(materialized='keyed', key='post_id') }}

{% call keys('touched') %}
    select coalesce(sightings.post_id, told.post_id) as key
    from (
        {{ told_anew('posts', 'post_id', as_staged=true, also=['int_mediawiki_page_views']) }}
    ) as told
    left join {{ ref('int_post_sightings') }} as sightings on told.post_id = sightings.sighting_id
    union all
    select key from {{ changes('int_post_sightings') }} as sightings
{% endcall %}

{% call keys('read') %}
    select key from {{ keys_of('touched') }} as touched
    union all
    select sighting_id as key from {{ ref('int_post_sightings') }} where post_id in {{ keys_of('touched') }}
{% endcall %}

with reported as (
    {{ metrics_of('posts', 'post_id', wanted=among('post_id', 'read'), more_models=['int_mediawiki_page_views']) }}
),

named as (
    select
        reported.platform_id,
        coalesce(sightings.post_id, reported.post_id) as post_id,
        reported.observed_date,
        reported.source_metric,
        reported.value,
        sightings.post_id is not null as is_of_several,
        metric_map.metric
    from reported
    left join {{ ref('int_post_sightings') }} as sightings on reported.post_id = sightings.sighting_id
    left join {{ ref('metric_map') }} as metric_map
        on
            reported.platform_id = metric_map.platform_id
            and reported.source_metric = metric_map.source_metric
            and reported.observed_date >= metric_map.valid_from
            and reported.observed_date < coalesce(metric_map.valid_to, date '9999-12-31')
),

-- several that tell of one post count the same people: the most that one of them saw, and no sum
most as (
    select * from named
    where is_of_several
    qualify row_number() over (partition by post_id, observed_date, metric order by value desc, platform_id asc, source_metric asc) = 1
)

select * {{ exclude() }} (is_of_several) from named
where not is_of_several
union all
select * {{ exclude() }} (is_of_several) from most
