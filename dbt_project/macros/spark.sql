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
    {%- set columns_of = {
        'builds': 'row_count bigint, made_from string, model string, build bigint',
        'changes': 'key string, changed_at timestamp, model string, build bigint',
    } -%}
    {%- do run_query('create schema if not exists intermediate') -%}
    {%- for name, columns in columns_of.items() -%}
        {%- do run_query('create table if not exists ' ~ books(name) ~ ' (' ~ columns ~ ') using parquet partitioned by (model, build)') -%}
    {%- endfor -%}
    select 1
{%- endmacro %}

{#- Keyed models (keyed.sql) on tables of which no row can be deleted: each build is a table of its own, `<model>__<build>`, and the model is
    a view of the one that counts. To point the view at the next is one step, before which nothing of it is seen: what a build that was
    killed before has left is struck out by the next. The table before stays until the build after, for who is reading it. -#}
{% macro numbered(build) -%}
    {{ return(this.incorporate(path={'identifier': this.identifier ~ '__' ~ build}, type='table')) }}
{%- endmacro %}

{% macro spark__book_of(old) -%}
    {%- set seen = {'build': 0, 'made_from': {}} -%}
    {%- if old is not none -%}
        {%- for row in run_query('describe table extended ' ~ this).rows if row[0] == 'View Text' -%}
            {%- do seen.update({'build': modules.re.search('__([0-9]+)', row[1]).group(1) | int}) -%}
        {%- endfor -%}
        {%- if not seen.build -%}
            {%- do run_query('drop table ' ~ this) -%}
        {%- endif -%}
    {%- endif -%}
    {%- for row in run_query('select build, made_from from ' ~ books('builds') ~ " where model = '" ~ model.name ~ "' order by build").rows -%}
        {%- if row.build == seen.build -%}
            {%- do seen.update({'made_from': fromjson(row.made_from)}) -%}
        {%- elif old is none -%}
            {%- do seen.update({'build': row.build | int}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do strike_parts('builds', 'build != ' ~ seen.build) -%}
    {%- do strike_parts('changes', 'build > ' ~ seen.build) -%}
    {{ return(seen) }}
{%- endmacro %}

{#- Parts of the books are there by build: what is entered twice stands once. -#}
{% macro spark__enter_build(build, made, made_from) -%}
    {%- do enter_part('builds', build, 'select count(*) as row_count, ' ~ made_from ~ ' as made_from from ' ~ made) -%}
{%- endmacro %}

{% macro spark__tell_changes(build, query) -%}
    {%- do enter_part('changes', build, query) -%}
{%- endmacro %}

{% macro spark__strike_changes(condition) -%}
    {%- do strike_parts('changes', condition) -%}
{%- endmacro %}

{#- The build is told by the query: Spark writes each such insert in a folder of its own, those into a partition that is named whole in one
    that all share and that the first to end removes. -#}
{% macro enter_part(book, build, query) -%}
    {%- do run_query(
        'insert overwrite ' ~ books(book) ~ " partition (model = '" ~ model.name ~ "', build) select *, cast(" ~ build ~ ' as bigint) from ('
        ~ query ~ ') as part'
    ) -%}
{%- endmacro %}

{% macro strike_parts(book, condition) -%}
    {%- set of_model = "model = '" ~ model.name ~ "'" -%}
    {%- for row in run_query('select distinct build from ' ~ books(book) ~ ' where ' ~ of_model ~ ' and ' ~ condition).rows -%}
        {%- do run_query('alter table ' ~ books(book) ~ ' drop if exists partition (' ~ of_model ~ ', build = ' ~ row[0] ~ ')') -%}
    {%- endfor -%}
{%- endmacro %}

{% macro spark__make_fresh(whole, columns, query) -%}
    {%- do create_scratch('fresh', query) -%}
{%- endmacro %}

{% macro spark__replace_rows(whole, columns, of_changed, build) -%}
    {%- set stays = 'coalesce(not (' ~ of_changed ~ '), true)' -%}
    {{ return(spark__make_whole(
        whole,
        'select ' ~ columns ~ ' from ' ~ whole ~ ' where ' ~ stays ~ ' union all select ' ~ columns ~ ' from ' ~ scratch('fresh') ~ ' where '
        ~ of_changed,
        build,
    )) }}
{%- endmacro %}

{% macro spark__make_whole(whole, sql, build) -%}
    {%- set made = numbered(build) -%}
    {%- do run_query('drop table if exists ' ~ made) -%}
    {%- call statement('main') -%}
        create table {{ made }} using parquet as {{ sql }}
    {%- endcall -%}
    {{ return(made) }}
{%- endmacro %}

{% macro spark__put_in_place(made, whole, old, build) -%}
    {%- set is_view = old is not none and old.is_view -%}
    {%- do run_query(('alter view ' if is_view else 'create view ') ~ whole ~ ' as select * from ' ~ made) -%}
    {%- if build > 2 -%}
        {%- do run_query('drop table if exists ' ~ numbered(build - 2)) -%}
    {%- endif -%}
{%- endmacro %}

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
