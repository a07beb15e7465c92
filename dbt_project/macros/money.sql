{#- An amount of money, of sums and products of amounts. What has more than 14 digits, which no business turns over, is told as the most
    that there is room for: such a sum is one of mistakes, and stops no night. -#}
{% macro as_amount(value) -%}
    {{ return(adapter.dispatch('as_amount', 'groundswell')(value)) }}
{%- endmacro %}

{% macro duckdb__as_amount(value) -%}
    coalesce(
        try_cast({{ value }} as decimal(18, 4)),
        cast(case when {{ value }} > 0 then 99999999999999 when {{ value }} < 0 then -99999999999999 end as decimal(18, 4))
    )
{%- endmacro %}

{% macro spark__as_amount(value) -%}
    coalesce(
        try_cast({{ value }} as decimal(18, 4)),
        cast(case when {{ value }} > 0 then 99999999999999 when {{ value }} < 0 then -99999999999999 end as decimal(18, 4))
    )
{%- endmacro %}

{#- A count, of sums and products of counts; one that a bigint has no room for is told as the most of them. -#}
{% macro as_count(value) -%}
    {{ return(adapter.dispatch('as_count', 'groundswell')(value)) }}
{%- endmacro %}

{% macro duckdb__as_count(value) -%}
    coalesce(try_cast({{ value }} as bigint), cast(case when {{ value }} > 0 then 9000000000000000000 end as bigint))
{%- endmacro %}

{% macro spark__as_count(value) -%}
    coalesce(try_cast({{ value }} as bigint), case when {{ value }} > 0 then 9000000000000000000 end)
{%- endmacro %}

{#- A count before counts are added to it, of which a bigint may have no room for the sum. -#}
{% macro wide(count) -%}
    {{ return(adapter.dispatch('wide', 'groundswell')(count)) }}
{%- endmacro %}

{% macro duckdb__wide(count) -%}
    cast({{ count }} as hugeint)
{%- endmacro %}

{% macro spark__wide(count) -%}
    cast({{ count }} as decimal(38, 0))
{%- endmacro %}

{#- A sum of fractions, which comes out the same to the last bit where it is added in order. -#}
{% macro sum_in_order(value, order) -%}
    {{ return(adapter.dispatch('sum_in_order', 'groundswell')(value, order)) }}
{%- endmacro %}

{% macro duckdb__sum_in_order(value, order) -%}
    sum({{ value }} order by {{ order }})
{%- endmacro %}

{#- To nine digits: what came first would have to be collected in one place. -#}
{% macro spark__sum_in_order(value, order) -%}
    sum({{ value }})
{%- endmacro %}

{#- What lies between shares.share_before and shares.share_so_far of a conversion's amount, in whole cents. -#}
{% macro share_of(amount) -%}
    {{ as_amount(part_of(amount, 'shares.share_so_far') ~ ' - ' ~ part_of(amount, 'shares.share_before')) }}
{%- endmacro %}

{#- A share of a conversion's amount; all of it, to the last digit, where the share is all but 1. Of twelve digits of the share: sums of
    fractions differ in their last bits by the order they are added in, and half a cent would fall to the one side or the other. -#}
{% macro part_of(amount, share) -%}
    case
        when {{ share }} > 1 - 1e-9 then conversions.{{ amount }}
        else {{ as_amount(rounded('cast(conversions.' ~ amount ~ ' as double) * ' ~ rounded(share, 12), 2)) }}
    end
{%- endmacro %}

{#- A fraction to so many digits behind the point. -#}
{% macro rounded(value, digits) -%}
    {{ return(adapter.dispatch('rounded', 'groundswell')(value, digits)) }}
{%- endmacro %}

{% macro duckdb__rounded(value, digits) -%}
    round({{ value }}, {{ digits }})
{%- endmacro %}

{#- Spark's round() goes by the digits that a fraction is written with, DuckDB's by the fraction itself: 14.995 is a little less. -#}
{% macro spark__rounded(value, digits) -%}
    (round(cast({{ value }} as double) * 1e{{ digits }}) / 1e{{ digits }})
{%- endmacro %}
