{#- A key made of several columns; NULLs count as a value of their own. -#}
{% macro hashed_key(columns) -%}
    md5(concat_ws('|',
        {%- for column in columns %} coalesce(cast({{ column }} as varchar), '-'){{ ',' if not loop.last }}{% endfor -%}
    ))
{%- endmacro %}
