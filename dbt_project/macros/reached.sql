{#- What the CTE `reached` of a recursive query holds: every author with all that are reached from it, itself among them, over any number
    of steps of the CTE `steps`, whose query is `query`: author_id, other_author_id, each step both ways. -#}
{% macro reached_by(steps, query) -%}
    {{ return(adapter.dispatch('reached_by', 'groundswell')(steps, query)) }}
{%- endmacro %}

{% macro duckdb__reached_by(steps, query) -%}
    select distinct
        author_id,
        author_id as member_id
    from {{ steps }}
    union
    select
        reached.author_id,
        {{ steps }}.other_author_id as member_id
    from reached
    inner join {{ steps }} on reached.member_id = {{ steps }}.author_id
{%- endmacro %}

{#- Spark's recursion knows no UNION that ends where nothing new is found: a step a table, as long as there is. -#}
{% macro spark__reached_by(steps, query) -%}
    {%- set seen = {'count': -1, 'table': this ~ '__reached'} -%}
    {%- for round in range(1000) if execute and flags.WHICH in ['run', 'build'] and seen.count >= -1 -%}
        {%- set fresh = this ~ '__reached_' ~ round -%}
        {%- do run_query('drop table if exists ' ~ fresh) -%}
        {%- if loop.first -%}
            {%- do run_query('create table ' ~ fresh ~ ' as select distinct author_id, author_id as member_id from (' ~ query ~ ') as steps') -%}
        {%- else -%}
            {%- do run_query(
                'create table ' ~ fresh ~ ' as select author_id, member_id from ' ~ seen.table
                ~ ' union select reached.author_id, steps.other_author_id from ' ~ seen.table ~ ' as reached inner join (' ~ query
                ~ ') as steps on reached.member_id = steps.author_id'
            ) -%}
            {%- do run_query('drop table ' ~ seen.table) -%}
        {%- endif -%}
        {%- set count = run_query('select count(*) from ' ~ fresh).rows[0][0] | int -%}
        {%- do seen.update({'table': fresh, 'count': count if count != seen.count else -2}) -%}
    {%- endfor -%}
    select author_id, member_id from {{ seen.table }}
{%- endmacro %}
