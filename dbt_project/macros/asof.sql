{#- Joins the one row of a relation that is nearest in time: `keys` are pairs of an expression and the relation's column, `at` is an
    expression, `>=`, `>` or `<=`, and the relation's column. A relation holds a moment of a key once. -#}
{% macro asof_join(kind, relation, alias, keys, at) -%}
    {{ return(adapter.dispatch('asof_join', 'groundswell')(kind, relation, alias, keys, at)) }}
{%- endmacro %}

{% macro duckdb__asof_join(kind, relation, alias, keys, at) -%}
    asof {{ kind }} join {{ relation }} as {{ alias }}
        on
            {% for expression, column in keys %}{{ expression }} = {{ alias }}.{{ column }} and {% endfor -%}
            {{ at[0] }} {{ at[1] }} {{ alias }}.{{ at[2] }}
{%- endmacro %}

{#- Each row until the one that comes next: no more than one of a key meets a moment. -#}
{% macro spark__asof_join(kind, relation, alias, keys, at) -%}
    {%- set is_before = at[1].startswith('<') -%}
    {{ kind }} join (
        select
            *,
            lead({{ at[2] }}) over (
                {{ 'partition by ' ~ keys | map('last') | join(', ') if keys }} order by {{ at[2] }} {{ 'desc' if is_before }}
            ) as next_moment
        from {{ relation }}
    ) as {{ alias }}
        on
            {% for expression, column in keys %}{{ expression }} = {{ alias }}.{{ column }} and {% endfor -%}
            {{ at[0] }} {{ at[1] }} {{ alias }}.{{ at[2] }}
            and ({{ alias }}.next_moment is null or not {{ at[0] }} {{ at[1] }} {{ alias }}.next_moment)
{%- endmacro %}
