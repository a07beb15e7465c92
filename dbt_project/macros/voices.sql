{#- Whose word a mention is: the brand's own (`owned`), a program's (`bot`), one that was paid for (`paid`), or anybody's (`earned`); NULL
    where nobody has read whether it was paid for. `mentions`: a relation with author_kind and is_paid. -#}
{% macro media_kind(mentions) -%}
    case
        when {{ mentions }}.author_kind in ('brand', 'employee') then 'owned'
        when {{ mentions }}.author_kind = 'bot' then 'bot'
        when {{ mentions }}.is_paid then 'paid'
        when not {{ mentions }}.is_paid then 'earned'
    end
{%- endmacro %}

{#- Whether what has a `media_kind` is a word of people, paid or not: what share of voice counts. -#}
{% macro is_voice() -%}
    coalesce(media_kind not in ('owned', 'bot'), true)
{%- endmacro %}

{#- How many more mentions speak for than against, and how many were read at all. `counted`: a relation with counts of mentions. -#}
{% macro more_positive(counted) -%}
    {{ counted }}.positive_mention_count - {{ counted }}.negative_mention_count
{%- endmacro %}

{% macro mentions_read(counted) -%}
    {{ counted }}.positive_mention_count + {{ counted }}.neutral_mention_count + {{ counted }}.negative_mention_count
{%- endmacro %}

{#- What more is said for than against, as a share of what was read; from -1 to 1, NULL where nothing was. -#}
{% macro net_sentiment(counted) -%}
    ({{ more_positive(counted) }}) / nullif({{ mentions_read(counted) }}, 0)
{%- endmacro %}
