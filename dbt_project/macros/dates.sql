{#- One row per day, both ends included. -#}
{% macro days_between(first, last) -%}
    {{ return(adapter.dispatch('days_between', 'groundswell')(first, last)) }}
{%- endmacro %}

{% macro duckdb__days_between(first, last) -%}
select cast(generate_series as date) as date_day
from generate_series(date '{{ first }}', date '{{ last }}', interval 1 day)
{%- endmacro %}
