{#- What several staging models of one platform write alike. -#}

{#- Whoever a Stack Exchange site knows by an id of its own. -#}
{% macro stack_exchange_user(user) -%}
    'stack_exchange:' || doc.site || ':user:' || {{ user }}.user_id
{%- endmacro %}

{#- The text of a question, answer or comment, of its `own_html`. -#}
{% macro stack_exchange_body() -%}
    {{ html_to_text('own_html') }} as body,
        doc.content_license,
        'text' as media_type,
        {{ urls_in('own_html') }} as links
{%- endmacro %}

{#- What a user or community of Lemmy is called, on its own server's page. -#}
{% macro lemmy_names(actor, title) -%}
    {{ actor }}.name || '@' || regexp_extract(native_id, '^https?://([^/]+)', 1) as handle,
        coalesce(nullif({{ actor }}.{{ title }}, ''), {{ actor }}.name) as display_name,
        native_id as url
{%- endmacro %}
