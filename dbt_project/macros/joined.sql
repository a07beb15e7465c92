{#- The different values of a group as one text, in order, with "; " between, NULL where there is
    none: what a person reads in one cell. -#}
{% macro joined(value) -%}
    {{ return(adapter.dispatch('joined', 'groundswell')(value)) }}
{%- endmacro %}

{% macro duckdb__joined(value) -%}
    nullif(array_to_string(list_sort(list(distinct {{ value }}) filter (where {{ value }} is not null)), '; '), '')
{%- endmacro %}

{% macro spark__joined(value) -%}
    nullif(array_join(sort_array(collect_set({{ value }})), '; '), '')
{%- endmacro %}
