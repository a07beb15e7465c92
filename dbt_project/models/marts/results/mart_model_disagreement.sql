{%- set models = ['first', 'last', 'linear', 'time_decay', 'position_based', 'markov', 'shapley', 'influence'] -%}

with credited as (
    select
        author_id,
        brand_id,
        model,
        {{ sum_in_order('credit', 'conversion_id, touch_id, post_id') }} as credit
    from {{ ref('fct_attribution') }}
    where author_id is not null
    group by author_id, brand_id, model
),

authors as (
    select distinct
        author_id,
        brand_id
    from credited
),

models as (
    select {{ each(list_of("'" ~ models | join("', '") ~ "'")) }} as model
),

complete as (
    select
        authors.author_id,
        authors.brand_id,
        models.model,
        coalesce(credited.credit, 0) as credit
    from authors
    cross join models
    left join credited
        on authors.author_id = credited.author_id and authors.brand_id = credited.brand_id and models.model = credited.model
)

select
    complete.author_id,
    min(bridge.person_id) as person_id,
    complete.brand_id,
    {%- for model in models %}
        sum(complete.credit) filter (where complete.model = '{{ model }}') as {{ model }}_credit,
    {%- endfor %}
    max_by(complete.model, (complete.credit, complete.model)) as highest_model,
    min_by(complete.model, (complete.credit, complete.model)) as lowest_model,
    max(complete.credit) - min(complete.credit) as spread
from complete
left join {{ ref('bridge_persons_authors') }} as bridge on complete.author_id = bridge.author_id
group by complete.author_id, complete.brand_id
