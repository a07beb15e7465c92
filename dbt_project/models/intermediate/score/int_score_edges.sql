{%- set endless = timestamptz() ~ " '9999-12-31 00:00:00+00'" -%}
{%- set classes = edge_classes() -%}

-- an account that somebody sees is a row here, when each class began a column: in rows, two windows over all edges would sort them twice
with pairs as (
    select
        edges.audience_person_id,
        {% for name, weight in classes -%}
            min(case when edges.edge_class = '{{ name }}' then edges.first_at end) as since_{{ name }},
        {% endfor -%}
        edges.author_id
    from {{ ref('fct_influence_edges') }} as edges
    cross join {{ ref('int_score_night') }} as night
    where edges.first_at < night.ends_at
    group by edges.audience_person_id, edges.author_id
)

-- an edge that a heavier one of the same time or before outweighs changes nothing
{% for name, weight in classes -%}
    {%- set heavier, lighter = classes[:loop.index0], classes[loop.index:] -%}
    select
        audience_person_id,
        author_id,
        '{{ name }}' as edge_class,
        cast({{ weight }} as double) as class_weight,
        cast(
            case
                {%- for other, less in lighter %}
                    when since_{{ other }} < since_{{ name }} then {{ less }}
                {%- endfor %}
                when since_{{ name }} is not null then 0
            end as double
        ) as weight_before,
        since_{{ name }} as valid_from,
        {% if heavier -%}
            least({{ endless }}{% for other, more in heavier %}, since_{{ other }}{% endfor %})
        {%- else -%}
            {{ endless }}
        {%- endif %} as valid_to
    from pairs
    where
        since_{{ name }} is not null
        {%- for other, more in heavier %}
            and coalesce(since_{{ other }} > since_{{ name }}, true)
        {%- endfor %}
    {% if not loop.last %}union all{% endif %}
{% endfor %}
