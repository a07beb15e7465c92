{#- The kinds of author that nobody is alone: a server, a feed or a wiki that several write on, a collection of what others wrote, a group. -#}
{% macro kinds_of_many() %}
    {{ return(['server', 'feed', 'collection', 'group']) }}
{% endmacro %}

{#- The kinds that are ranked apart from the public, adopt nothing and are no members of a community, as SQL texts. An organisation's page
    is among the public: Facebook and Pinterest call a creator's own page one. -#}
{% macro kinds_apart() -%}
    '{{ (['brand', 'employee', 'media', 'bot'] + kinds_of_many()) | join("', '") }}'
{%- endmacro %}

{#- Of podcasts, a publisher's feed lists the shows of a network, and a medium that ends in L episodes of others; a show is its hosts'. -#}
{% macro podcast_kind(medium) -%}
    case when lower({{ medium }}) = 'publisher' or ends_with({{ medium }}, 'L') then 'collection' end
{%- endmacro %}
