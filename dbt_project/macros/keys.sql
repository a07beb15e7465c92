{#- A key made of several columns; NULLs count as a value of their own. What parts the columns is marked where it stands in one, so that
    no two rows share a key: ids of others hold any character. -#}
{% macro hashed_key(columns) -%}
    md5(concat_ws('|',
        {%- for column in columns %}
            coalesce(replace(replace(cast({{ column }} as string), chr(92), chr(92) || chr(92)), '|', chr(92) || '|'), '-'){{ ',' if not loop.last }}
        {%- endfor -%}
    ))
{%- endmacro %}
