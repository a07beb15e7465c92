{#- Stands after `*` and before the columns that are left out. -#}
{% macro exclude() -%}
    {{ return(adapter.dispatch('exclude', 'groundswell')()) }}
{%- endmacro %}

{% macro duckdb__exclude() -%}
    exclude
{%- endmacro %}

{% macro spark__exclude() -%}
    except
{%- endmacro %}
