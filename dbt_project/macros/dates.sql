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

{% macro spark__local_day(moment) -%}
    cast(from_utc_timestamp({{ moment }}, '{{ env_var("GROUNDSWELL_TIMEZONE", "UTC") }}') as date)
{%- endmacro %}

{% macro spark__days_between(first, last) -%}
select explode(sequence(date '{{ first }}', date '{{ last }}', interval 1 day)) as date_day
{%- endmacro %}

{#- The day of the week, Monday is 1. -#}
{% macro weekday_of(day) -%}
    {{ return(adapter.dispatch('weekday_of', 'groundswell')(day)) }}
{%- endmacro %}

{% macro duckdb__weekday_of(day) -%}
    extract(isodow from {{ day }})
{%- endmacro %}

{% macro spark__weekday_of(day) -%}
    cast(weekday({{ day }}) + 1 as bigint)
{%- endmacro %}
