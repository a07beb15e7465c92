{#- Every set of shares of a row of `to` sums to that row's value in the column of the same name, to the last digit. -#}
{% test shares_sum_up(model, column_name, to, key, per) %}
select
    shares.{{ key }},
    shares.total,
    wholes.{{ column_name }}
from (select {{ key }}, {{ per | join(', ') }}, sum({{ column_name }}) as total from {{ model }} group by all) as shares
inner join {{ to }} as wholes on shares.{{ key }} = wholes.{{ key }}
where shares.total is distinct from wholes.{{ column_name }}
{% endtest %}
