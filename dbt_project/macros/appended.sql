{#- How tables are built that are only added to, in one statement. dbt-duckdb's own first makes a table of what is added and asks it and the
    model for their columns; a night adds to a hundred models, most of them a few rows. A model whose SQL is another than when it was built
    is made anew (orchestration/warehouse/migrations.py), so that its columns are those of its SQL. -#}
{% materialization incremental, adapter='duckdb' %}
    {%- set old = load_cached_relation(this) -%}
    {%- set whole = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- call statement('main') -%}
        {%- if old is none or should_full_refresh() -%}
            create or replace table {{ whole }} as {{ compiled_code }}
        {%- else -%}
            insert into {{ whole }} by name {{ compiled_code }}
        {%- endif -%}
    {%- endcall -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [whole]}) }}
{% endmaterialization %}
