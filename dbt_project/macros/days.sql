{#- The type of a moment: an instant, shown in UTC. -#}
{% macro timestamptz() -%}
    {{ return(adapter.dispatch('timestamptz', 'groundswell')()) }}
{%- endmacro %}

{% macro duckdb__timestamptz() -%}
    timestamptz
{%- endmacro %}

{% macro spark__timestamptz() -%}
    timestamp_ltz
{%- endmacro %}

{#- The moment so many seconds after 1970. -#}
{% macro moment_of(seconds) -%}
    {{ return(adapter.dispatch('moment_of', 'groundswell')(seconds)) }}
{%- endmacro %}

{% macro duckdb__moment_of(seconds) -%}
    to_timestamp({{ seconds }})
{%- endmacro %}

{% macro spark__moment_of(seconds) -%}
    timestamp_micros(cast(round(cast({{ seconds }} as double) * 1000000) as bigint))
{%- endmacro %}

{#- A moment as a text, of whose characters keys are made. -#}
{% macro moment_text(moment) -%}
    {{ return(adapter.dispatch('moment_text', 'groundswell')(moment)) }}
{%- endmacro %}

{% macro duckdb__moment_text(moment) -%}
    cast({{ moment }} as string)
{%- endmacro %}

{% macro spark__moment_text(moment) -%}
    (cast({{ moment }} as string) || '+00')
{%- endmacro %}

{#- How many seconds lie between two moments, as a fraction. -#}
{% macro seconds_from(first, last) -%}
    {{ return(adapter.dispatch('seconds_from', 'groundswell')(first, last)) }}
{%- endmacro %}

{% macro duckdb__seconds_from(first, last) -%}
    epoch({{ last }} - {{ first }})
{%- endmacro %}

{% macro spark__seconds_from(first, last) -%}
    ((unix_micros({{ last }}) - unix_micros({{ first }})) / cast(1000000 as double))
{%- endmacro %}

{#- How many days lie between two moments, as a fraction. Of microseconds: to subtract times with a zone takes thirty times as long. -#}
{% macro days_from(first, last) -%}
    {{ return(adapter.dispatch('days_from', 'groundswell')(first, last)) }}
{%- endmacro %}

{% macro duckdb__days_from(first, last) -%}
    ((epoch_us({{ last }}) - epoch_us({{ first }})) / 86400000000.0)
{%- endmacro %}

{% macro spark__days_from(first, last) -%}
    ((unix_micros({{ last }}) - unix_micros({{ first }})) / cast(86400000000 as double))
{%- endmacro %}

{#- A moment so many days after another. -#}
{% macro days_after(moment, days) -%}
    {{ return(adapter.dispatch('days_after', 'groundswell')(moment, days)) }}
{%- endmacro %}

{% macro duckdb__days_after(moment, days) -%}
    ({{ moment }} + to_seconds(86400 * ({{ days }})))
{%- endmacro %}

{% macro spark__days_after(moment, days) -%}
    timestamp_micros(unix_micros({{ moment }}) + cast(round(cast(86400000000 as double) * ({{ days }})) as bigint))
{%- endmacro %}

{#- Weeks and days since Monday, 5 January 1970. -#}
{% macro week_of(moment) -%}
    cast(floor({{ day_of(moment) }} / 7.0) as integer)
{%- endmacro %}

{% macro day_of(moment) -%}
    cast(floor({{ days_from(timestamptz() ~ " '1970-01-05 00:00:00+00'", moment) }}) as integer)
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
    cast(floor({{ days_from(timestamptz() ~ " '1970-01-01 00:00:00+00'", moment) }} / {{ var('window_days') }}) as integer)
{%- endmacro %}

{#- When a stretch begins, and how many days later a moment is. -#}
{% macro stretch_begin(stretch) -%}
    {{ days_after(timestamptz() ~ " '1970-01-01 00:00:00+00'", stretch ~ ' * ' ~ var('window_days')) }}
{%- endmacro %}

{% macro days_into_stretch(moment, stretch) -%}
    ({{ days_from(timestamptz() ~ " '1970-01-01 00:00:00+00'", moment) }} - {{ stretch }} * {{ var('window_days') }})
{%- endmacro %}

{#- Which of the slots of time whose mentions of one object by one author are one hazard. -#}
{% macro slot_of(moment) -%}
    cast(floor({{ days_from(timestamptz() ~ " '1970-01-01 00:00:00+00'", moment) }} * 24 / {{ var('repeat_hours') }}) as integer)
{%- endmacro %}

{#- How many half-lives a slot is long. -#}
{% macro slot_half_lives() -%}
    ({{ var('repeat_hours') }} / 24.0 / {{ var('half_life_days') }})
{%- endmacro %}
