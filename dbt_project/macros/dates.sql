{#- One row per day, both ends included. -#}
{% macro days_between(first, last) -%}
    {{ return(adapter.dispatch('days_between', 'groundswell')(first, last)) }}
{%- endmacro %}

{% macro duckdb__days_between(first, last) -%}
select cast(generate_series as date) as date_day
from generate_series(date '{{ first }}', date '{{ last }}', interval 1 day)
{%- endmacro %}

{#- The day of a moment, in the time zone of the installation. -#}
{% macro local_day(moment) -%}
    {{ return(adapter.dispatch('local_day', 'groundswell')(moment)) }}
{%- endmacro %}

{% macro duckdb__local_day(moment) -%}
    cast(timezone('{{ env_var("GROUNDSWELL_TIMEZONE", "UTC") }}', {{ moment }}) as date)
{%- endmacro %}
