{#- One row per night, item and metric that its platform reported, under the platform's own name: as in the night's best row; only
    of the items that are wanted. -#}
{% macro reported_metrics(relation, key, columns, also=[], best_first='load_id desc', wanted='true') -%}
    {{ return(adapter.dispatch('reported_metrics', 'groundswell')(relation, key, columns, also, best_first, wanted)) }}
{%- endmacro %}

{% macro duckdb__reported_metrics(relation, key, columns, also, best_first, wanted) -%}
select * from (
    select
        {{ (['platform_id', key, 'observed_date'] + also) | join(', ') }},
        unnest(['{{ columns | join("', '") }}']) as source_metric,
        unnest([{{ columns | join(', ') }}]) as value
    from (
        select * from {{ relation }}
        where {{ wanted }}
        qualify row_number() over (partition by {{ key }}, observed_date order by {{ best_first }}) = 1
    ) as last_of_night
) as metrics
where value is not null
{%- endmacro %}

{% macro spark__reported_metrics(relation, key, columns, also, best_first, wanted) -%}
select {{ (['platform_id', key, 'observed_date'] + also) | join(', ') }}, pair.source_metric as source_metric, pair.value as value
from (
    select
        {{ (['platform_id', key, 'observed_date'] + also) | join(', ') }},
        explode(array(
            {%- for column in columns -%}
                named_struct('source_metric', '{{ column }}', 'value', cast({{ column }} as bigint)){{ ', ' if not loop.last }}
            {%- endfor -%}
        )) as pair
    from (
        select * from {{ relation }}
        where {{ wanted }}
        qualify row_number() over (partition by {{ key }}, observed_date order by {{ best_first }}) = 1
    ) as last_of_night
) as metrics
where pair.value is not null
{%- endmacro %}

{#- One row per element of a list column. -#}
{% macro each(list) -%}
    {{ return(adapter.dispatch('each', 'groundswell')(list)) }}
{%- endmacro %}

{% macro duckdb__each(list) -%}
    unnest({{ list }})
{%- endmacro %}

{% macro spark__each(list) -%}
    explode({{ list }})
{%- endmacro %}
