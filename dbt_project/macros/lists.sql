{#- A list of these values; without any, of texts. -#}
{% macro list_of() -%}
    {{ return(adapter.dispatch('list_of', 'groundswell')(*varargs)) }}
{%- endmacro %}

{% macro duckdb__list_of() -%}
    [{{ varargs | join(', ') }}]
{%- endmacro %}

{% macro spark__list_of() -%}
    {{ 'array(' ~ varargs | join(', ') ~ ')' if varargs else 'cast(array() as array<string>)' }}
{%- endmacro %}

{#- The first element of a list; NULL where there is none. -#}
{% macro first_of(list) -%}
    {{ return(adapter.dispatch('first_of', 'groundswell')(list)) }}
{%- endmacro %}

{% macro duckdb__first_of(list) -%}
    {{ list }}[1]
{%- endmacro %}

{% macro spark__first_of(list) -%}
    get({{ list }}, 0)
{%- endmacro %}

{#- A list of what an expression is of each element, which it calls by a name. -#}
{% macro list_map(list, name, expression) -%}
    {{ return(adapter.dispatch('list_map', 'groundswell')(list, name, expression)) }}
{%- endmacro %}

{% macro duckdb__list_map(list, name, expression) -%}
    list_transform({{ list }}, lambda {{ name }}: {{ expression }})
{%- endmacro %}

{% macro spark__list_map(list, name, expression) -%}
    transform({{ list }}, {{ name }} -> {{ expression }})
{%- endmacro %}

{#- The elements of a list that a condition is true of, which calls them by a name. -#}
{% macro list_where(list, name, condition) -%}
    {{ return(adapter.dispatch('list_where', 'groundswell')(list, name, condition)) }}
{%- endmacro %}

{% macro duckdb__list_where(list, name, condition) -%}
    list_filter({{ list }}, lambda {{ name }}: {{ condition }})
{%- endmacro %}

{% macro spark__list_where(list, name, condition) -%}
    filter({{ list }}, {{ name }} -> {{ condition }})
{%- endmacro %}

{#- The sum of a list of whole numbers, NULL where it has none. -#}
{% macro sum_of_list(list) -%}
    {{ return(adapter.dispatch('sum_of_list', 'groundswell')(list)) }}
{%- endmacro %}

{% macro duckdb__sum_of_list(list) -%}
    list_sum({{ list }})
{%- endmacro %}

{% macro spark__sum_of_list(list) -%}
    aggregate({{ list }}, cast(null as bigint), (total, one) -> coalesce(total + one, total, one))
{%- endmacro %}

{#- The least values of a group, as a list in order; NULL where there is none. -#}
{% macro least_values(value, count) -%}
    {{ return(adapter.dispatch('least_values', 'groundswell')(value, count)) }}
{%- endmacro %}

{% macro duckdb__least_values(value, count) -%}
    min({{ value }}, {{ count }})
{%- endmacro %}

{% macro spark__least_values(value, count) -%}
    slice(array_sort(collect_list({{ value }})), 1, {{ count }})
{%- endmacro %}

{#- The row of a relation as one value, by its alias. -#}
{% macro row_of(alias) -%}
    {{ return(adapter.dispatch('row_of', 'groundswell')(alias)) }}
{%- endmacro %}

{% macro duckdb__row_of(alias) -%}
    {{ alias }}
{%- endmacro %}

{% macro spark__row_of(alias) -%}
    struct({{ alias }}.*)
{%- endmacro %}

{#- A list of one value where a condition is true, else an empty one. -#}
{% macro list_if(condition, value) -%}
    case when {{ condition }} then {{ list_of(value) }} else {{ list_of() }} end
{%- endmacro %}

{#- One list after the other; one that is NULL is empty. -#}
{% macro list_concat(one, other) -%}
    {{ return(adapter.dispatch('list_concat', 'groundswell')(one, other)) }}
{%- endmacro %}

{% macro duckdb__list_concat(one, other) -%}
    list_concat({{ one }}, {{ other }})
{%- endmacro %}

{% macro spark__list_concat(one, other) -%}
    flatten(array_compact(array({{ one }}, {{ other }})))
{%- endmacro %}

{#- The different values of a list, without NULL, in whatever order. -#}
{% macro list_distinct(list) -%}
    {{ return(adapter.dispatch('list_distinct', 'groundswell')(list)) }}
{%- endmacro %}

{% macro duckdb__list_distinct(list) -%}
    list_distinct({{ list }})
{%- endmacro %}

{% macro spark__list_distinct(list) -%}
    array_distinct(array_compact({{ list }}))
{%- endmacro %}

{#- A list in order. -#}
{% macro list_sort(list) -%}
    {{ return(adapter.dispatch('list_sort', 'groundswell')(list)) }}
{%- endmacro %}

{% macro duckdb__list_sort(list) -%}
    list_sort({{ list }})
{%- endmacro %}

{% macro spark__list_sort(list) -%}
    array_sort({{ list }})
{%- endmacro %}

{#- Whether two lists share a value. -#}
{% macro list_has_any(one, other) -%}
    {{ return(adapter.dispatch('list_has_any', 'groundswell')(one, other)) }}
{%- endmacro %}

{% macro duckdb__list_has_any(one, other) -%}
    list_has_any({{ one }}, {{ other }})
{%- endmacro %}

{% macro spark__list_has_any(one, other) -%}
    arrays_overlap({{ one }}, {{ other }})
{%- endmacro %}

{#- The texts of a list as one, with a separator between. -#}
{% macro array_to_string(list, separator) -%}
    {{ return(adapter.dispatch('array_to_string', 'groundswell')(list, separator)) }}
{%- endmacro %}

{% macro duckdb__array_to_string(list, separator) -%}
    array_to_string({{ list }}, {{ separator }})
{%- endmacro %}

{% macro spark__array_to_string(list, separator) -%}
    array_join({{ list }}, {{ separator }})
{%- endmacro %}
