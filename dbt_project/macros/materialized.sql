{#- Makes a CTE be computed before what it is joined with, where an engine would rather begin with joins that blow up. -#}
{% macro materialized() -%}
    {{ return(adapter.dispatch('materialized', 'groundswell')()) }}
{%- endmacro %}

{% macro default__materialized() -%}
{%- endmacro %}

{% macro duckdb__materialized() -%}
    materialized
{%- endmacro %}

{#- Lets a CTE that is read twice be computed twice, each time of the rows alone that are wanted there. -#}
{% macro not_materialized() -%}
    {{ return(adapter.dispatch('not_materialized', 'groundswell')()) }}
{%- endmacro %}

{% macro default__not_materialized() -%}
{%- endmacro %}

{% macro duckdb__not_materialized() -%}
    not materialized
{%- endmacro %}

{#- A condition that is true of every row. A CTE that has it and is read in several places is computed once on Spark, which writes any other
    out in each of them. -#}
{% macro computed_once() -%}
    {{ return(adapter.dispatch('computed_once', 'groundswell')()) }}
{%- endmacro %}

{% macro default__computed_once() -%}
    true
{%- endmacro %}

{#- What is random may not be computed twice. -#}
{% macro spark__computed_once() -%}
    rand() >= 0
{%- endmacro %}

{#- The rows of a query, for a CTE: on Spark a table that is made as the model is compiled, where a plan that went on from the query would grow
    until nothing is left. -#}
{% macro set_aside(name, query) -%}
    {{ return(adapter.dispatch('set_aside', 'groundswell')(name, query)) }}
{%- endmacro %}

{% macro default__set_aside(name, query) -%}
    {{ query }}
{%- endmacro %}

{% macro spark__set_aside(name, query) -%}
    {%- if execute and flags.WHICH in ['run', 'build'] -%}
        {%- do create_scratch(name, query) -%}
    {%- endif -%}
    select * from {{ scratch(name) }}
{%- endmacro %}
