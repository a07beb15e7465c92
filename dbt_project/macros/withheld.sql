{#- What is shown of a post's address where `posts` are its columns: nothing of one that is deleted, for its path may tell the title, and of
    one whose words are kept no longer nothing that has parameters. -#}
{% macro held_url(url) -%}
    case when posts.is_withheld and (posts.is_deleted or contains({{ url }}, '?') or contains({{ url }}, '#')) then null else {{ url }} end
{%- endmacro %}

{#- What tells whether two titles are the same when one of them is no longer held (orchestration/privacy/withholding.py writes it). -#}
{% macro title_hash(title) -%}
    md5(lower(trim({{ title }})))
{%- endmacro %}
