{#- Makes a CTE be computed before what it is joined with, where an engine would rather begin with joins that blow up. -#}
{% macro materialized() -%}
    {{ return(adapter.dispatch('materialized', 'groundswell')()) }}
{%- endmacro %}

{% macro default__materialized() -%}
{%- endmacro %}

{% macro duckdb__materialized() -%}
    materialized
{%- endmacro %}
