{#- How many days lie between two moments, as a fraction. Of microseconds: to subtract times with a zone takes thirty times as long. -#}
{% macro days_from(first, last) -%}
    {{ return(adapter.dispatch('days_from', 'groundswell')(first, last)) }}
{%- endmacro %}

{% macro duckdb__days_from(first, last) -%}
    ((epoch_us({{ last }}) - epoch_us({{ first }})) / 86400000000.0)
{%- endmacro %}

{#- A moment so many days after another. -#}
{% macro days_after(moment, days) -%}
    {{ return(adapter.dispatch('days_after', 'groundswell')(moment, days)) }}
{%- endmacro %}

{% macro duckdb__days_after(moment, days) -%}
    ({{ moment }} + to_seconds(86400 * ({{ days }})))
{%- endmacro %}

{#- Weeks and days since Monday, 5 January 1970. -#}
{% macro week_of(moment) -%}
    cast(floor({{ day_of(moment) }} / 7.0) as integer)
{%- endmacro %}

{% macro day_of(moment) -%}
    cast(floor({{ days_from("timestamptz '1970-01-05 00:00:00+00'", moment) }}) as integer)
{%- endmacro %}

{#- How much of a mention's whole effect is over after some days. -#}
{% macro effect_within(days) -%}
    (1 - pow(2.0, -({{ days }}) / {{ var('half_life_days') }}))
{%- endmacro %}

{#- What an edge of a class weighs. -#}
{% macro class_weight(edge_class) -%}
    case {{ edge_class }}
        {%- for name, weight in var('class_weights').items() %}
            when '{{ name }}' then {{ weight }}
        {%- endfor %}
    end
{%- endmacro %}

{#- The classes of edges with their weights, the heaviest first. -#}
{% macro edge_classes() -%}
    {{ return(var('class_weights').items() | sort(attribute='1', reverse=true)) }}
{%- endmacro %}

{#- Which of the stretches of time that are as long as the window. -#}
{% macro stretch_of(moment) -%}
    cast(floor({{ days_from("timestamptz '1970-01-01 00:00:00+00'", moment) }} / {{ var('window_days') }}) as integer)
{%- endmacro %}

{#- When a stretch begins, and how many days later a moment is. -#}
{% macro stretch_begin(stretch) -%}
    {{ days_after("timestamptz '1970-01-01 00:00:00+00'", stretch ~ ' * ' ~ var('window_days')) }}
{%- endmacro %}

{% macro days_into_stretch(moment, stretch) -%}
    ({{ days_from("timestamptz '1970-01-01 00:00:00+00'", moment) }} - {{ stretch }} * {{ var('window_days') }})
{%- endmacro %}

{#- Which of the slots of time whose mentions of one object by one author are one hazard. -#}
{% macro slot_of(moment) -%}
    cast(floor({{ days_from("timestamptz '1970-01-01 00:00:00+00'", moment) }} * 24 / {{ var('repeat_hours') }}) as integer)
{%- endmacro %}

{#- How many half-lives a slot is long. -#}
{% macro slot_half_lives() -%}
    ({{ var('repeat_hours') }} / 24.0 / {{ var('half_life_days') }})
{%- endmacro %}
