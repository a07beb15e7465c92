{#- What Apache Spark needs beside the `spark__` side of the macros (orchestration/SCALE.md). -#}

{#- Functions that DuckDB has and Spark lacks, written in Spark's SQL, for as long as a session lives; and the schemas of all models and sources. -#}
{% macro spark__open_books() -%}
    {%- set functions = {
        'starts_with(whole string, part string) returns boolean': 'startswith(whole, part)',
        'ends_with(whole string, part string) returns boolean': 'endswith(whole, part)',
        'regexp_matches(whole string, pattern string) returns boolean': 'whole rlike pattern',
        'epoch_us(moment timestamp) returns bigint': 'unix_micros(moment)',
        'epoch_ms(moment timestamp) returns bigint': 'unix_millis(moment)',
        'list_position(list array<string>, value string) returns bigint': 'nullif(array_position(list, value), 0)',
        'array_length(list array<string>) returns bigint': 'nullif(size(list), -1)',
    } -%}
    {%- for head, body in functions.items() -%}
        {%- do run_query('create or replace temporary function ' ~ head ~ ' return ' ~ body) -%}
    {%- endfor -%}
    select 1
{%- endmacro %}

{#- Made whole each time: an incremental one needs tables whose rows can be deleted. -#}
{% materialization keyed, adapter='spark' %}
    {{ return(materialization_table_spark()) }}
{% endmaterialization %}

{#- As dbt-spark's, which writes NULL as 'None' and loses backslashes and quotes. -#}
{% macro spark__load_csv_rows(model, agate_table) %}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- set rows = [] -%}
    {%- for row in agate_table.rows -%}
        {%- set values = [] -%}
        {%- for name in agate_table.column_names -%}
            {%- set type = types.get(name, adapter.convert_type(agate_table, loop.index0)) -%}
            {%- set value = row[name] -%}
            {%- set literal = 'null' if value is none else "'" ~ (value | string | replace("'", "' || chr(39) || '")) ~ "'" -%}
            {%- do values.append('cast(' ~ literal ~ ' as ' ~ ('string' if type == 'varchar' else type) ~ ')') -%}
        {%- endfor -%}
        {%- do rows.append('(' ~ values | join(', ') ~ ')') -%}
    {%- endfor -%}
    {%- set sql = 'insert into ' ~ this.render() ~ ' values ' ~ rows | join(', ') -%}
    {%- do adapter.add_query(sql, abridge_sql_log=True) -%}
    {{ return(sql) }}
{% endmacro %}
