{% test sums_to_one(model, column_name, per) %}
select {{ per | join(', ') }}
from {{ model }}
group by {{ per | join(', ') }}
having abs(sum({{ column_name }}) - 1) > 1e-9
{% endtest %}
