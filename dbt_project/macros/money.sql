{#- What lies between shares.share_before and shares.share_so_far of a conversion's amount, in whole cents. -#}
{% macro share_of(amount) -%}
    cast({{ part_of(amount, 'shares.share_so_far') }} - {{ part_of(amount, 'shares.share_before') }} as decimal(18, 4))
{%- endmacro %}

{#- A share of a conversion's amount; all of it, to the last digit, where the share is all but 1. -#}
{% macro part_of(amount, share) -%}
    case
        when {{ share }} > 1 - 1e-9 then conversions.{{ amount }}
        else cast(round(cast(conversions.{{ amount }} as double) * {{ share }}, 2) as decimal(18, 4))
    end
{%- endmacro %}
