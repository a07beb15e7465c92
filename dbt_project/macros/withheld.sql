{#- What is shown of a post's address where `posts` are its columns: nothing of one that is deleted, for its path may tell the title, or
    whose author objects to being shown, and of one whose words are kept no longer nothing that has parameters. -#}
{% macro held_url(url) -%}
    case
        when posts.is_withheld and (posts.is_deleted or contains({{ url }}, '?') or contains({{ url }}, '#')) then null
        when {{ is_unnamed('posts.author_id') }} then null
        else {{ url }}
    end
{%- endmacro %}

{#- Whether an account is a node without a name (orchestration/privacy/unnaming.py). -#}
{% macro is_unnamed(author_id) -%}
    {{ return(adapter.dispatch('is_unnamed', 'groundswell')(author_id)) }}
{%- endmacro %}

{% macro duckdb__is_unnamed(author_id) -%}
    coalesce(regexp_matches({{ author_id }}, 'unnamed-[0-9a-f]{8}'), false)
{%- endmacro %}

{% macro spark__is_unnamed(author_id) -%}
    coalesce({{ author_id }} rlike 'unnamed-[0-9a-f]{8}', false)
{%- endmacro %}

{#- What tells whether two titles are the same when one of them is no longer held (orchestration/privacy/withholding.py writes it). -#}
{% macro title_hash(title) -%}
    md5(lower(trim({{ title }})))
{%- endmacro %}

{#- Whether an id is what stands where somebody was forgotten (orchestration/privacy/identifiers.py): nobody's. -#}
{% macro is_forgotten(author_id) -%}
    {{ return(adapter.dispatch('is_forgotten', 'groundswell')(author_id)) }}
{%- endmacro %}

{% macro duckdb__is_forgotten(author_id) -%}
    coalesce(regexp_matches({{ author_id }}, '(?:^|:)forgotten(?::[0-9a-f]{16})?$'), false)
{%- endmacro %}

{% macro spark__is_forgotten(author_id) -%}
    coalesce({{ author_id }} rlike '(?:^|:)forgotten(?::[0-9a-f]{16})?$', false)
{%- endmacro %}
