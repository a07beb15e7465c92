{#- The rows of a raw table that this staging model has not read yet, their payload parsed once.

    `fields` maps the payload's keys to what is expected there: text, count, audience (a count of people), score (a count that may be
    negative), bigint (any other whole number), double, decimal, boolean, timestamp (ISO 8601), epoch (seconds) or epoch_ms, a mapping
    of the same for an object, a list of one element for an array. `doc` holds the values in these types,
    `ill_typed` the names of the fields whose value is something else (NULL when there are none). -#}
{% macro observed_rows(relation, fields) -%}
select
    load_id,
    source_name,
    native_id,
    observed_at,
    observed_date,
    {{ typed_values('parsed', fields) }} as doc,
    nullif(concat_ws(', ', {{ ill_typed_fields('parsed', fields) | join(', ') }}), '') as ill_typed
from (
    select
        *,
        {{ parse_payload('payload', fields) }} as parsed
    from {{ relation }}
    {%- if is_incremental() %}
    where load_id > (select coalesce(max(this.load_id), 0) from {{ this }} as this)
    {{ redacted_rows(relation, parse_payload('payload', fields)) }}
    {%- endif %}
) as new_rows
{%- endmacro %}

{#- And those whose words went since they were read: what was staged of them is gone (orchestration/privacy/withholding.py). Asked for
    beforehand: with an `or` in its condition the payloads of all loads are read. -#}
{% macro redacted_rows(relation, parsed) -%}
    {%- set waiting -%}
        select load_id, source_name, native_id
        from {{ api.Relation.create(database=target.database or none, schema='raw_ops', identifier='redactions') }}
        where platform = '{{ relation.schema | replace('raw_', '', 1) }}' and entity = '{{ relation.identifier }}'
        except
        select load_id, source_name, native_id from {{ this }}
    {%- endset -%}
    {%- if execute and run_query('select count(*) from (' ~ waiting ~ ') as waiting').rows[0][0] %}
    union all
    select
        *,
        {{ parsed }} as parsed
    from {{ relation }}
    where
        load_id <= (select coalesce(max(this.load_id), 0) from {{ this }} as this)
        and (load_id, source_name, native_id) in ({{ waiting }})
    {%- endif %}
{%- endmacro %}

{% macro parse_payload(payload, fields) -%}
    {{ return(adapter.dispatch('parse_payload', 'groundswell')(payload, fields)) }}
{%- endmacro %}

{% macro duckdb__parse_payload(payload, fields) -%}
    from_json({{ payload }}, '{{ tojson(payload_structure(fields)) }}')
{%- endmacro %}

{% macro spark__parse_payload(payload, fields) -%}
    from_json({{ payload }}, '{{ spark_structure(fields) }}')
{%- endmacro %}

{% macro spark_structure(fields) %}
    {%- if fields is mapping -%}
        {%- set parts = [] -%}
        {%- for name, kind in fields.items() -%}
            {%- do parts.append('`' ~ name ~ '`: ' ~ spark_structure(kind)) -%}
        {%- endfor -%}
        {{ return('struct<' ~ parts | join(', ') ~ '>') }}
    {%- elif fields is string -%}
        {{ return('string') }}
    {%- endif -%}
    {{ return('array<' ~ spark_structure(fields[0]) ~ '>') }}
{% endmacro %}

{#- Scalars are parsed as text, so that a wrong one is seen instead of turned into NULL. -#}
{% macro payload_structure(fields) %}
    {%- if fields is mapping -%}
        {%- set structure = {} -%}
        {%- for name, kind in fields.items() -%}
            {%- do structure.update({name: payload_structure(kind)}) -%}
        {%- endfor -%}
        {{ return(structure) }}
    {%- elif fields is string -%}
        {{ return('VARCHAR') }}
    {%- endif -%}
    {{ return([payload_structure(fields[0])]) }}
{% endmacro %}

{% macro typed_values(parsed, fields) -%}
    {{ return(adapter.dispatch('typed_values', 'groundswell')(parsed, fields)) }}
{%- endmacro %}

{% macro duckdb__typed_values(parsed, fields) -%}
    { {{- named_values(parsed, fields, ': ') -}} }
{%- endmacro %}

{% macro spark__typed_values(parsed, fields) -%}
    named_struct({{- named_values(parsed, fields, ', ') -}})
{%- endmacro %}

{#- Name and value of each field; `sign`: what stands between the two. -#}
{% macro named_values(parsed, fields, sign) -%}
    {%- set values = [] -%}
    {%- for name, kind in fields.items() -%}
        {%- set value = parsed ~ '.' ~ quoted(name) -%}
        {%- if kind is mapping -%}
            {%- set value = typed_values(value, kind) -%}
        {%- elif kind is string -%}
            {%- set value = typed_value(value, kind) -%}
        {%- endif -%}
        {%- do values.append("'" ~ name ~ "'" ~ sign ~ value) -%}
    {%- endfor -%}
    {{ return(values | join(', ')) }}
{%- endmacro %}

{% macro typed_value(value, kind) -%}
    {{ return(adapter.dispatch('typed_value', 'groundswell')(value, kind)) }}
{%- endmacro %}

{#- Amounts stay below a million millions, as in the tables of a home, so that sums of them find room.
    A time outside of 1990 .. the observation + 2 days is a mistake of the source: no text on the platforms is older, and clocks
    and time zones are off by less. -#}
{% macro duckdb__typed_value(value, kind) -%}
    {%- if kind == 'text' -%}
        {{ value }}
    {%- elif kind == 'timestamp' -%}
        case when try_cast({{ value }} as timestamptz) between timestamptz '1990-01-01 00:00:00+00' and observed_at + interval 2 day
            then try_cast({{ value }} as timestamptz) end
    {%- elif kind == 'epoch' -%}
        case when try_cast({{ value }} as double) between 631152000 and epoch(observed_at) + 172800
            then to_timestamp(try_cast({{ value }} as double)) end
    {%- elif kind == 'epoch_ms' -%}
        case when try_cast({{ value }} as double) / 1000 between 631152000 and epoch(observed_at) + 172800
            then to_timestamp(try_cast({{ value }} as double) / 1000) end
    {%- elif kind in whole_ranges() -%}
        {%- set least, most = whole_ranges()[kind] -%}
        case when try_cast({{ value }} as bigint) between {{ least }} and {{ most }} then try_cast({{ value }} as bigint) end
    {%- elif kind == 'decimal' -%}
        case when abs(try_cast({{ value }} as decimal(18, 4))) < 1000000000000 then try_cast({{ value }} as decimal(18, 4)) end
    {%- elif kind in ['bigint', 'double', 'boolean'] -%}
        try_cast({{ value }} as {{ kind }})
    {%- else -%}
        {{ exceptions.raise_compiler_error('Unknown type of a payload field: ' ~ kind) }}
    {%- endif -%}
{%- endmacro %}

{% macro spark__typed_value(value, kind) -%}
    {%- if kind == 'timestamp' -%}
        case when try_cast({{ value }} as timestamp_ltz) between timestamp_ltz '1990-01-01 00:00:00+00' and observed_at + interval 2 day
            then try_cast({{ value }} as timestamp_ltz) end
    {%- elif kind == 'epoch' -%}
        case when try_cast({{ value }} as double) between 631152000 and unix_micros(observed_at) / 1000000 + 172800
            then {{ moment_of('try_cast(' ~ value ~ ' as double)') }} end
    {%- elif kind == 'epoch_ms' -%}
        case when try_cast({{ value }} as double) / 1000 between 631152000 and unix_micros(observed_at) / 1000000 + 172800
            then {{ moment_of('try_cast(' ~ value ~ ' as double) / 1000') }} end
    {%- elif kind in whole_ranges() -%}
        {%- set least, most = whole_ranges()[kind] -%}
        {%- set number = typed_value(value, 'bigint') -%}
        case when {{ number }} between {{ least }} and {{ most }} then {{ number }} end
    {%- elif kind == 'bigint' -%}
        coalesce(try_cast({{ value }} as bigint), try_cast(round(try_cast({{ value }} as double)) as bigint))
    {%- else -%}
        {{ duckdb__typed_value(value, kind) }}
    {%- endif -%}
{%- endmacro %}

{#- From where to where a number can be true: -1 is how several platforms write that they hide one, there are eight thousand million people,
    and what is told most often of all, the views of a channel, stands at a few hundred thousand million. -#}
{% macro whole_ranges() %}
    {{ return({
        'count': [0, 10 ** 13],
        'audience': [0, 10 ** 10],
        'score': [-(10 ** 13), 10 ** 13],
    }) }}
{% endmacro %}

{#- One expression a field: its name where its value does not fit, else NULL. -#}
{% macro ill_typed_fields(parsed, fields, path='') %}
    {%- set expressions = ['null'] if not path else [] -%}
    {%- for name, kind in fields.items() if kind != 'text' -%}
        {%- set value = parsed ~ '.' ~ quoted(name) -%}
        {%- if kind is string -%}
            {%- set is_ill_typed = value ~ ' is not null and ' ~ typed_value(value, kind) ~ ' is null' -%}
        {%- else -%}
            {%- set is_ill_typed = value ~ ' is null and ' ~ has_value('payload', path ~ name) -%}
        {%- endif -%}
        {%- set told = "'" ~ path ~ name ~ "'" -%}
        {%- if kind is string and kind in whole_ranges() -%}
            {%- set told = told ~ " || case when try_cast(" ~ value ~ " as double) is null then '' else ' (out of range)' end" -%}
        {%- endif -%}
        {%- do expressions.append("case when " ~ is_ill_typed ~ " then " ~ told ~ " end") -%}
        {%- if kind is mapping -%}
            {%- do expressions.extend(ill_typed_fields(value, kind, path ~ name ~ '.')) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(expressions) }}
{% endmacro %}

{% macro has_value(payload, path) -%}
    {{ return(adapter.dispatch('has_value', 'groundswell')(payload, path)) }}
{%- endmacro %}

{#- Looking up a path parses the payload once more: done only where its key is there and not plainly null. -#}
{% macro duckdb__has_value(payload, path) -%}
    {%- set key = path.split('.') | last -%}
    contains({{ payload }}, '"{{ key }}":') and not contains({{ payload }}, '"{{ key }}":null')
    and coalesce(json_type({{ payload }}, '$.{{ path }}'), 'NULL') != 'NULL'
{%- endmacro %}

{% macro spark__has_value(payload, path) -%}
    {%- set key = path.split('.') | last -%}
    contains({{ payload }}, '"{{ key }}":') and not contains({{ payload }}, '"{{ key }}":null')
    and get_json_object({{ payload }}, '$.{{ path }}') is not null
{%- endmacro %}

{#- A name in the engine's quotes: that of a field which is a word of SQL's own. -#}
{% macro quoted(name) -%}
    {{ adapter.quote(name) }}
{%- endmacro %}
