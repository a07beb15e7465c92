{#- Ids of files are of no source, so that files can refer to each other: what two sources call the same has to be the same. -#}
{% test same_in_all_sources(model, columns) -%}
with told_by_several as (
    select native_id
    from {{ model }}
    group by native_id
    having min(source_name) != max(source_name)
),

newest as (
    select
        native_id,
        source_name
        {%- for column in columns %},
        max_by({{ column }}, load_id) as {{ column }}
        {%- endfor %}
    from {{ model }}
    where native_id in (select told_by_several.native_id from told_by_several)
    group by native_id, source_name
)

select native_id
from newest
group by native_id
having
    {%- for column in columns %}
    {{ 'or ' if not loop.first }}count(distinct {{ column }}) > 1
    {%- endfor %}
{%- endtest %}
