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

{#- `text` with its entities resolved; `html` is the column it was made of. -#}
{% macro resolve_entities(text, html) -%}
    {{ return(adapter.dispatch('resolve_entities', 'groundswell')(text, html)) }}
{%- endmacro %}

{#- One pass over the pieces between ampersands, so that `&amp;lt;` is resolved once; a chain of 20 replace() took 25 us a row. -#}
{% macro duckdb__resolve_entities(text, html) -%}
    {%- set characters = {
        'amp': '&', 'lt': '<', 'gt': '>', 'quot': '"', 'apos': "''", 'nbsp': ' ', 'ndash': '–', 'mdash': '—', 'hellip': '…',
        'lsquo': '‘', 'rsquo': '’', 'ldquo': '“', 'rdquo': '”', 'laquo': '«', 'raquo': '»', 'bull': '•', 'copy': '©', 'reg': '®',
        'trade': '™', 'euro': '€',
    } -%}
    {%- set number = "try_cast(if(piece[2:2] in ('x', 'X'), '0', '') || split_part(piece[2:], ';', 1) as integer)" -%}
    {%- set character -%}
        case split_part(piece, ';', 1)
            {%- for name, character in characters.items() %} when '{{ name }}' then '{{ character }}' {%- endfor %}
            else case when starts_with(piece, '#') and ({{ number }} between 1 and 55295 or {{ number }} between 57344 and 1114111)
                then chr({{ number }}) end
        end
    {%- endset -%}
    case when contains({{ html }}, '&')
        then array_to_string(list_transform(string_split({{ text }}, '&'), lambda piece, place: case
            when place = 1 then piece
            when contains(piece, ';') then coalesce({{ character }} || substr(piece, strpos(piece, ';') + 1), '&' || piece)
            else '&' || piece end), '')
        else {{ text }} end
{%- endmacro %}

{#- Whether a text holds a word of letters, digits, - and _, in upper or lower case. -#}
{% macro has_word(text, word) -%}
    {{ return(adapter.dispatch('has_word', 'groundswell')(text, word)) }}
{%- endmacro %}

{#- The plain search first: it costs a hundredth of taking the text to pieces. -#}
{% macro duckdb__has_word(text, word) -%}
    contains(upper({{ text }}), upper({{ word }}))
    and list_contains(regexp_extract_all(upper({{ text }}), '[A-Z0-9_-]+'), upper({{ word }}))
{%- endmacro %}

{#- The parts of a text between separators, as a list; no part where there is no text. -#}
{% macro parts_of(text, separator) -%}
    {{ return(adapter.dispatch('parts_of', 'groundswell')(text, separator)) }}
{%- endmacro %}

{% macro duckdb__parts_of(text, separator) -%}
    string_split({{ text }}, {{ separator }})
{%- endmacro %}
