{#- The plain text of an HTML fragment: block elements and line breaks become new lines, other tags vanish, entities are resolved. -#}
{% macro html_to_text(html) -%}
    {{ return(adapter.dispatch('html_to_text', 'groundswell')(html)) }}
{%- endmacro %}

{#- Every condition reads the column itself: DuckDB computes a nested expression again for each place of a CASE it stands in. -#}
{% macro duckdb__html_to_text(html) -%}
    {%- set code = '(?is)<(?:script|style)\\b.*?</(?:script|style)\\s*>|<!--.*?-->' -%}
    {%- set blocks = '(?i)</?(?:p|br|div|li|ul|ol|dl|dt|dd|h[1-6]|tr|table|blockquote|pre|section|article|figure|hr)\\b[^>]*>' -%}
    {%- set uncoded -%}
        case when regexp_matches({{ html }}, '<[sS!]') then regexp_replace({{ html }}, '{{ code }}', '', 'g') else {{ html }} end
    {%- endset -%}
    {%- set text -%}
        case when contains({{ html }}, '<')
            then regexp_replace(regexp_replace({{ uncoded }}, '{{ blocks }}', chr(10), 'g'), '</?[a-zA-Z][^>]*>', '', 'g')
            else {{ html }} end
    {%- endset -%}
    trim({{ resolve_entities(text, html) }}, ' ' || chr(9) || chr(10) || chr(13))
{%- endmacro %}

{% macro spark__html_to_text(html) -%}
    {%- set code = '(?is)<(?:script|style)\\b.*?</(?:script|style)\\s*>|<!--.*?-->' -%}
    {%- set blocks = '(?i)</?(?:p|br|div|li|ul|ol|dl|dt|dd|h[1-6]|tr|table|blockquote|pre|section|article|figure|hr)\\b[^>]*>' -%}
    {%- set uncoded -%}
        case when {{ html }} rlike '<[sS!]' then regexp_replace({{ html }}, '{{ code }}', '') else {{ html }} end
    {%- endset -%}
    {%- set text -%}
        case when contains({{ html }}, '<')
            then regexp_replace(regexp_replace({{ uncoded }}, '{{ blocks }}', chr(10)), '</?[a-zA-Z][^>]*>', '')
            else {{ html }} end
    {%- endset -%}
    trim(both ' ' || chr(9) || chr(10) || chr(13) from {{ resolve_entities(text, html) }})
{%- endmacro %}

{#- `text` with its entities resolved, all of HTML's; `html` is the column it was made of. -#}
{% macro resolve_entities(text, html) -%}
    {{ return(adapter.dispatch('resolve_entities', 'groundswell')(text, html)) }}
{%- endmacro %}

{#- A function in Python (orchestration/warehouse/text_functions.py), as are those below: it takes a third of the time of taking the
    pieces between ampersands apart in SQL. -#}
{% macro duckdb__resolve_entities(text, html) -%}
    case when contains({{ html }}, '&') then resolved_entities({{ text }}) else {{ text }} end
{%- endmacro %}

{#- The same functions in Python, which orchestration/warehouse/spark.py registers. -#}
{% macro spark__resolve_entities(text, html) -%}
    {{ duckdb__resolve_entities(text, html) }}
{%- endmacro %}

{#- A title, a handle or a name as its reader sees it: plain text, though it was escaped once or twice on its way. -#}
{% macro plain_name(name) -%}
    {{ return(adapter.dispatch('plain_name', 'groundswell')(name)) }}
{%- endmacro %}

{% macro duckdb__plain_name(name) -%}
    case when contains({{ name }}, '&') then unescaped({{ name }}) else {{ name }} end
{%- endmacro %}

{% macro spark__plain_name(name) -%}
    {{ duckdb__plain_name(name) }}
{%- endmacro %}

{#- HTML without the elements that quote others: what is read of it, and where it links to, is its author's own. -#}
{% macro own_html(html) -%}
    {{ return(adapter.dispatch('own_html', 'groundswell')(html)) }}
{%- endmacro %}

{#- Parsing takes 50 us a row; most have nothing of the kind. -#}
{% macro duckdb__own_html(html) -%}
    case when contains({{ html }}, '<')
        and regexp_matches({{ html }}, '(?i)<blockquote|\bclass\s*=\s*["'']?[^"''<>]*(?:quote|onebox|moz-cite-prefix)')
        then own_html({{ html }}) else {{ html }} end
{%- endmacro %}

{% macro spark__own_html(html) -%}
    case when contains({{ html }}, '<')
        and {{ html }} rlike '(?i)<blockquote|\bclass\s*=\s*["\x27]?[^"\x27<>]*(?:quote|onebox|moz-cite-prefix)'
        then own_html({{ html }}) else {{ html }} end
{%- endmacro %}

{#- Markdown without its block quotes, its entities resolved. -#}
{% macro own_markdown(text) -%}
    {{ return(adapter.dispatch('own_markdown', 'groundswell')(text)) }}
{%- endmacro %}

{% macro duckdb__own_markdown(text) -%}
    {%- set plain = resolve_entities(text, text) -%}
    case when contains({{ text }}, '>') or contains({{ text }}, '&gt;') then own_markdown({{ plain }}) else {{ plain }} end
{%- endmacro %}

{% macro spark__own_markdown(text) -%}
    {{ duckdb__own_markdown(text) }}
{%- endmacro %}

{#- A post's text without what is quoted in it as board software and mail programs do: BBCode, lines that begin with >. -#}
{% macro own_words(text) -%}
    {{ return(adapter.dispatch('own_words', 'groundswell')(text)) }}
{%- endmacro %}

{% macro duckdb__own_words(text) -%}
    case when regexp_matches({{ text }}, '(?i)(?:^|\n)[ \t]{0,3}>|\[/?(?:block)?quote\b|:[ \t\r]*\n|(?:^|\n)\s*-{3}')
        then own_words({{ text }}) else {{ text }} end
{%- endmacro %}

{% macro spark__own_words(text) -%}
    {{ duckdb__own_words(text) }}
{%- endmacro %}

{#- A text of an export without what it quotes, whatever it is written in. -#}
{% macro own_export(text) -%}
    {{ return(adapter.dispatch('own_export', 'groundswell')(text)) }}
{%- endmacro %}

{% macro duckdb__own_export(text) -%}
    case when regexp_matches({{ text }}, '(?i)<|(?:^|\n)[ \t]{0,3}(?:>|&gt;)|\[/?(?:block)?quote\b|:[ \t\r]*\n|(?:^|\n)\s*-{3}')
        then own_export({{ text }}) else {{ text }} end
{%- endmacro %}

{% macro spark__own_export(text) -%}
    {{ duckdb__own_export(text) }}
{%- endmacro %}

{#- The text of an export, which is plain by our schema and is HTML or escaped in many. -#}
{% macro exported_text(text) -%}
    {{ return(adapter.dispatch('exported_text', 'groundswell')(text)) }}
{%- endmacro %}

{% macro duckdb__exported_text(text) -%}
    case when contains({{ text }}, '<') or contains({{ text }}, '&') then exported_text({{ text }}) else {{ text }} end
{%- endmacro %}

{% macro spark__exported_text(text) -%}
    {{ duckdb__exported_text(text) }}
{%- endmacro %}

{#- Whether a text holds a word of letters, digits, - and _; both in capitals, which it takes long to make of a text for each word. -#}
{% macro has_word(text, word) -%}
    {{ return(adapter.dispatch('has_word', 'groundswell')(text, word)) }}
{%- endmacro %}

{#- The plain search first: it costs a hundredth of taking the text to pieces. -#}
{% macro duckdb__has_word(text, word) -%}
    contains({{ text }}, {{ word }})
    and list_contains(regexp_extract_all({{ text }}, '[A-Z0-9_-]+'), {{ word }})
{%- endmacro %}

{% macro spark__has_word(text, word) -%}
    contains({{ text }}, {{ word }})
    and array_contains(regexp_extract_all({{ text }}, '[A-Z0-9_-]+', 0), {{ word }})
{%- endmacro %}

{#- The parts of a text between separators, as a list; no part where there is no text. -#}
{% macro parts_of(text, separator) -%}
    {{ return(adapter.dispatch('parts_of', 'groundswell')(text, separator)) }}
{%- endmacro %}

{% macro duckdb__parts_of(text, separator) -%}
    string_split({{ text }}, {{ separator }})
{%- endmacro %}

{% macro spark__parts_of(text, separator) -%}
    split({{ text }}, '[' || {{ separator }} || ']')
{%- endmacro %}

{#- Whether a title is the one that a mail program, a board or a feed of comments makes of the title of what is answered. -#}
{% macro is_answer_title(title) -%}
    {{ return(adapter.dispatch('is_answer_title', 'groundswell')(title)) }}
{%- endmacro %}

{% macro duckdb__is_answer_title(title) -%}
    regexp_matches(
        {{ title }},
        '(?i)(?:^|•)\s*(?:(?:re|aw|antw|sv|rv|rif|res|odp)\s*(?:\[\d+\])?\s*:|(?:回复|答复|返信|re)\s*[:：]|(?:comment|reply|replies) (?:on|to|by) |by: |kommentar (?:zu|von) |commentaires? (?:sur|de) |comentarios? (?:en|de) |comentários? (?:em|de) |comment[oi] (?:su|di) )'
    )
{%- endmacro %}

{% macro spark__is_answer_title(title) -%}
    {{ duckdb__is_answer_title(title) }}
{%- endmacro %}

{#- A text in which all places that match are replaced; `by` names what a group matched as \1. -#}
{% macro replaced(text, pattern, by) -%}
    {{ return(adapter.dispatch('replaced', 'groundswell')(text, pattern, by)) }}
{%- endmacro %}

{% macro duckdb__replaced(text, pattern, by) -%}
    regexp_replace({{ text }}, {{ pattern }}, {{ by }}, 'g')
{%- endmacro %}

{% macro spark__replaced(text, pattern, by) -%}
    regexp_replace({{ text }}, {{ pattern }}, {{ by | replace('\\1', '$1') }})
{%- endmacro %}
