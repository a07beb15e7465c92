{#- One spelling for all addresses of a page: https, lower-case host without www and default port, no fragment, no tracking parameters,
    no slash at the end of the path. NULL for what is not http(s). -#}
{% macro canonical_url(url) -%}
    {{ return(adapter.dispatch('canonical_url', 'groundswell')(url)) }}
{%- endmacro %}

{% macro duckdb__canonical_url(url) -%}
    {%- set tracking = 'utm_[a-z]+|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|ref_src' -%}
    {%- set parts -%}
        regexp_extract(
            {{ url }}, '(?i)^https?://(?:www\.)?([^/?#:\s]+)(:[0-9]*)?([^?#]*)([^#]*)', ['host', 'port', 'path', 'query']
        )
    {%- endset -%}
    nullif(
        'https://' || lower({{ parts }}.host) || regexp_replace({{ parts }}.port, '^:(?:80|443)?$', '') || rtrim({{ parts }}.path, '/')
        || rtrim(regexp_replace({{ parts }}.query, '(?i)([?&])(?:(?:{{ tracking }})(?:=[^&]*)?(?:&|$))+', '\1', 'g'), '?&'),
        'https://'
    )
{%- endmacro %}

{% macro spark__canonical_url(url) -%}
    {%- set tracking = 'utm_[a-z]+|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|ref_src' -%}
    {%- set re = '(?i)^https?://(?:www\\.)?([^/?#:\\s]+)(:[0-9]*)?([^?#]*)([^#]*)' -%}
    {%- set part = {} -%}
    {%- for n in [1, 2, 3, 4] -%}{%- do part.update({n: "coalesce(regexp_extract(" ~ url ~ ", '" ~ re ~ "', " ~ n ~ "), '')"}) -%}{%- endfor -%}
    case when {{ url }} is not null then nullif(
        'https://' || lower({{ part[1] }}) || regexp_replace({{ part[2] }}, '^:(?:80|443)?$', '') || regexp_replace({{ part[3] }}, '/+$', '')
        || regexp_replace(regexp_replace({{ part[4] }}, '(?i)([?&])(?:(?:{{ tracking }})(?:=[^&]*)?(?:&|$))+', '$1'), '[?&]+$', ''),
        'https://'
    ) end
{%- endmacro %}

{#- Whether canonical_url() has an answer. -#}
{% macro is_web_address(url) -%}
    {{ return(adapter.dispatch('is_web_address', 'groundswell')(url)) }}
{%- endmacro %}

{% macro duckdb__is_web_address(url) -%}
    regexp_matches({{ url }}, '(?i)^https?://(?:www\.)?[^/?#:\s]')
{%- endmacro %}

{% macro spark__is_web_address(url) -%}
    ({{ url }}) rlike '(?i)^https?://(?:www\.)?[^/?#:\s]'
{%- endmacro %}

{#- The http(s) addresses in an HTML fragment, those of links and those written out; images are not links. -#}
{% macro urls_in(html) -%}
    {{ return(adapter.dispatch('urls_in', 'groundswell')(html)) }}
{%- endmacro %}

{#- Board software writes a long address out shortened, ending in dots, inside the link that has all of it. -#}
{% macro duckdb__urls_in(html) -%}
    {%- set unwanted = '(?is)<(?:img|audio|video|source|iframe)\\b[^>]*>|[^\\s<>"]+\\.\\.\\.</a>' -%}
    {%- set links -%}
        case when contains({{ html }}, 'src=') or contains({{ html }}, '...</a>')
            then regexp_replace({{ html }}, '{{ unwanted }}', '', 'g') else {{ html }} end
    {%- endset -%}
    case when contains({{ html }}, 'http')
        then regexp_extract_all({{ resolve_entities(links, html) }}, '(?i)\bhttps?://[^\s<>"''\\^`{|}]*[^\s<>"''\\^`{|}.,;:!?)*\]]')
        else [] end
{%- endmacro %}

{% macro spark__urls_in(html) -%}
    {%- set unwanted = '(?is)<(?:img|audio|video|source|iframe)\\b[^>]*>|[^\\s<>"]+\\.\\.\\.</a>' -%}
    {%- set links -%}
        case when contains({{ html }}, 'src=') or contains({{ html }}, '...</a>')
            then regexp_replace({{ html }}, '{{ unwanted }}', '') else {{ html }} end
    {%- endset -%}
    case when contains({{ html }}, 'http')
        then regexp_extract_all(
            {{ resolve_entities(links, html) }}, '(?i)\bhttps?://[^\s<>"\x27\\^`{|}]*[^\s<>"\x27\\^`{|}.,;:!?)*\]]', 0
        )
        else {{ list_of() }} end
{%- endmacro %}

{#- The host of an http(s) address and the domains that it is under: of https://shop.a.example/x shop.a.example and a.example. -#}
{% macro domains_of(url) -%}
    {{ return(adapter.dispatch('domains_of', 'groundswell')(url)) }}
{%- endmacro %}

{% macro duckdb__domains_of(url) -%}
    {%- set labels = "string_split(regexp_extract(lower(" ~ url ~ "), '^https?://(?:www\\.)?([^/?#:\\s]+)', 1), '.')" -%}
    list_transform(range(1, len({{ labels }})), lambda first: array_to_string({{ labels }}[first:], '.'))
{%- endmacro %}

{% macro spark__domains_of(url) -%}
    {%- set labels = "split(regexp_extract(lower(" ~ url ~ "), '^https?://(?:www[.])?([^/?#:\\s]+)', 1), '[.]')" -%}
    transform(
        filter(sequence(1, size({{ labels }})), first -> first < size({{ labels }})),
        first -> array_join(slice({{ labels }}, first, size({{ labels }})), '.')
    )
{%- endmacro %}

{#- The host of an http(s) address, in lower case and without www. -#}
{% macro host_of(url) -%}
    {{ return(adapter.dispatch('host_of', 'groundswell')(url)) }}
{%- endmacro %}

{% macro duckdb__host_of(url) -%}
    regexp_extract(lower({{ url }}), '^https?://(?:www\.)?([^/?#:\s]+)', 1)
{%- endmacro %}

{% macro spark__host_of(url) -%}
    regexp_extract(lower({{ url }}), '^https?://(?:www\.)?([^/?#:\s]+)', 1)
{%- endmacro %}

{#- Whether a host is a site's, or one is under the other: blog.a.example and a.example. -#}
{% macro is_of_site(host, site) -%}
    ({{ host }} = {{ site }} or ends_with({{ host }}, '.' || {{ site }}) or ends_with({{ site }}, '.' || {{ host }}))
{%- endmacro %}
