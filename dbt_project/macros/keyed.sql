{#- Tables that are made anew only where what they read has changed. README.md, "What is made anew each night", says how a model joins in.

    A model's rows belong to keys (config `key`, an expression over its columns). Its SQL stays one text: `{% call keys('touched') %}` says
    which keys may come out otherwise, `{{ among('posts.post_id') }}` is where the rest is left out, and true where the model is built whole.
    Both are comments to whoever else reads the SQL; the materialization fills them in, because what has changed is known no sooner. -#}

{#- A set of keys: the first column of a query. `touched` are those whose rows are made anew; others say what has to be read for them. -#}
{% macro keys(name) -%}
/* keys {{ name }}
{{ caller() }}
*/
{%- endmacro %}

{#- The keys of a set, within the query of another. -#}
{% macro keys_of(name='touched') -%}
    (select key from {keys:{{ name }}})
{%- endmacro %}

{#- Whether a column is in a set of keys; true where the model is built whole. In brackets it would be, to Spark, the columns of a table
    called "where". -#}
{% macro among(column, name='touched') -%}
    true /* among {{ name }}: {{ column }} */
{%- endmacro %}

{#- What a model that is keyed has told of its changes since this one was built: `key`, as in its config `tells`, and `changed_at`. -#}
{% macro changes(model) -%}
    (select key, changed_at from {{ books('changes') }} where model = '{{ model }}' and build > {since:{{ model }}})
{%- endmacro %}

{#- The rows that a staging model has read since this one was built. -#}
{% macro new_rows(model) -%}
    (select * from {{ ref(model) }} where load_id > {since:{{ model }}})
{%- endmacro %}

{#- The posts, acts and so on of a kind that any platform has told anew, and of the models `also`: of the rows of new loads `columns`, all
    texts, NULL where a platform does not have one, and as `key` what was changed. -#}
{% macro told_anew(kind, key, columns=none, as_staged=false, also=[]) -%}
    {%- set models = built_among(models_of(kind, as_staged) + also) -%}
    {%- set there = columns_of(models) if columns and execute else {} -%}
    {%- for model in models -%}
        {%- set chosen, is_staged = [], model.startswith('stg_') -%}
        {%- for name in columns or [key] -%}
            {%- set value = name if name in there.get(model, [key]) else 'cast(null as string) as ' ~ name -%}
            {%- do chosen.append(value if is_staged else 'key as ' ~ key if name == key else 'cast(null as string) as ' ~ name) -%}
        {%- endfor -%}
        {%- if not loop.first %}
    union all
    {% endif -%}
    select {{ chosen | join(', ') }} from {{ new_rows(model) if is_staged else changes(model) }} as told_rows
    {%- endfor %}
{%- endmacro %}

{#- The names of the columns of models, by the model's name. -#}
{% macro columns_of(models) -%}
    {{ return(adapter.dispatch('columns_of', 'groundswell')(models)) }}
{%- endmacro %}

{% macro spark__columns_of(models) -%}
    {%- set found = {} -%}
    {%- for model in models -%}
        {%- do found.update({model: adapter.get_columns_in_relation(ref(model)) | map(attribute='name') | list}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- In one query: of 33 platforms, one by one takes a second. -#}
{% macro duckdb__columns_of(models) -%}
    {%- set found = {} -%}
    {%- set asked = "select table_name, column_name from duckdb_columns() where database_name = current_database() and table_name in ('"
        ~ models | join("', '") ~ "')" -%}
    {%- for row in run_query(asked).rows -%}
        {%- do found.setdefault(row[0], []).append(row[1]) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- Where it is written what was built from what (`builds`), and which keys each build changed (`changes`; no key: all of them). -#}
{% macro books(name) -%}
    {{ return(api.Relation.create(database=target.database or none, schema='intermediate', identifier=name)) }}
{%- endmacro %}

{% macro open_books() -%}
    {{ return(adapter.dispatch('open_books', 'groundswell')()) }}
{%- endmacro %}

{% macro duckdb__open_books() -%}
    create schema if not exists {{ books('builds').without_identifier() }};
    create table if not exists {{ books('builds') }} (model varchar, build bigint, row_count bigint, made_from varchar);
    create table if not exists {{ books('changes') }} (model varchar, build bigint, key varchar, changed_at timestamptz);
{%- endmacro %}

{#- What the books say of this model: the number of its `build` and what it was `made_from`, which is empty where it has to be made whole. -#}
{% macro book_of(old) -%}
    {{ return(adapter.dispatch('book_of', 'groundswell')(old)) }}
{%- endmacro %}

{% macro duckdb__book_of(old) -%}
    {%- set rows = run_query('select build, made_from from ' ~ books('builds') ~ " where model = '" ~ model.name ~ "'").rows -%}
    {%- set is_there = rows and old is not none and old.is_table -%}
    {{ return({'build': rows[0].build | int if rows else 0, 'made_from': fromjson(rows[0].made_from) if is_there else {}}) }}
{%- endmacro %}

{#- Enters a build whose rows are those of `made`. -#}
{% macro enter_build(build, made, made_from) -%}
    {{ return(adapter.dispatch('enter_build', 'groundswell')(build, made, "'" ~ made_from | replace("'", "' || chr(39) || '") ~ "'")) }}
{%- endmacro %}

{% macro duckdb__enter_build(build, made, made_from) -%}
    {%- do run_query(
        'delete from ' ~ books('builds') ~ " where model = '" ~ model.name ~ "';\ninsert into " ~ books('builds') ~ " select '" ~ model.name
        ~ "', " ~ build ~ ', count(*), ' ~ made_from ~ ' from ' ~ made
    ) -%}
{%- endmacro %}

{#- A hash of all columns of a row, by the alias of its table. -#}
{% macro row_hash(alias) -%}
    {{ return(adapter.dispatch('row_hash', 'groundswell')(alias)) }}
{%- endmacro %}

{% macro duckdb__row_hash(alias) -%}
    hash({{ alias }})
{%- endmacro %}

{% macro spark__row_hash(alias) -%}
    cast(xxhash64({{ alias }}.*) as decimal(20, 0))
{%- endmacro %}

{#- The keys of which two tables of the same columns hold other rows. -#}
{% macro differing(key, one, other) -%}
    select distinct key
    from (
        select key
        from (
            select {{ key }} as key, {{ row_hash('one') }} as told, 1 as side from {{ one }} as one
            union all
            select {{ key }} as key, {{ row_hash('other') }} as told, -1 as side from {{ other }} as other
        ) as sides
        group by key, told
        having sum(side) != 0
    ) as found
{%- endmacro %}

{#- A query that tells by itself nothing of what has changed: the keys are touched of which it holds other rows than the model does. -#}
{% macro compared(key, query) -%}
{% call keys('touched') %}
    {{ differing(key, '(' ~ query ~ ')', this) }}
{% endcall %}

{{ query }}
where {{ among(key) }}
{%- endmacro %}

{#- A table for as long as a model is built. -#}
{% macro scratch(name) -%}
    {{ return(adapter.dispatch('scratch', 'groundswell')(name)) }}
{%- endmacro %}

{% macro duckdb__scratch(name) -%}
    {{ return(this.identifier ~ '__' ~ name) }}
{%- endmacro %}

{#- A table like any other: a view would be computed wherever it is read. -#}
{% macro spark__scratch(name) -%}
    {{ return(this.schema ~ '.' ~ this.identifier ~ '__' ~ name) }}
{%- endmacro %}

{% macro create_scratch(name, query) -%}
    {%- do adapter.dispatch('create_scratch', 'groundswell')(name, query) -%}
{%- endmacro %}

{% macro duckdb__create_scratch(name, query) -%}
    {%- do run_query('create or replace temporary table ' ~ scratch(name) ~ ' as ' ~ query) -%}
{%- endmacro %}

{% macro spark__create_scratch(name, query) -%}
    {%- do run_query('drop table if exists ' ~ scratch(name)) -%}
    {%- do run_query('create table ' ~ scratch(name) ~ ' using parquet as ' ~ query) -%}
{%- endmacro %}

{% macro duckdb__drop_scratch(names) -%}
    {%- set drops = [] -%}
    {%- for name in names -%}
        {%- do drops.append('drop table if exists ' ~ scratch(name)) -%}
    {%- endfor -%}
    {%- do run_query(drops | join(';\n')) -%}
{%- endmacro %}

{% macro spark__drop_scratch(names) -%}
    {%- for name in names -%}
        {%- do run_query('drop table if exists ' ~ scratch(name)) -%}
    {%- endfor -%}
{%- endmacro %}

{#- What the models that this one reads are now, by their names: of those whose changes it takes the number of their build (`builds`) or
    of their last load (`loads`), each with the number of rows, of all others their contents. `is_kept`: no row went of the loads read before. -#}
{% macro read_now(tracked, before) -%}
    {%- set queries = [] -%}
    {%- set rooms = room_models() -%}
    {%- set built = built_among(rooms) -%}
    {%- for id in model.depends_on.nodes if id in graph.nodes and (graph.nodes[id].name in built or graph.nodes[id].name not in rooms) -%}
        {%- set node = graph.nodes[id] -%}
        {%- set relation = api.Relation.create(database=target.database or none, schema=node.schema, identifier=node.name) -%}
        {%- set begin = "select '" ~ node.name ~ "' as name, '" -%}
        {%- if node.name not in tracked -%}
            {%- do queries.append(
                begin ~ "contents' as kind, count(*) as number, cast(sum(" ~ row_hash('read') ~ ") as string) as told, true as is_kept from "
                ~ relation ~ ' as read'
            ) -%}
        {%- elif node.config.materialized == 'keyed' -%}
            {%- do queries.append(
                begin ~ "builds' as kind, max(build) as number, cast(max(row_count) as string) as told, true as is_kept from " ~ books('builds')
                ~ " where model = '" ~ node.name ~ "'"
            ) -%}
        {%- elif node.config.materialized != 'incremental' -%}
            {{ exceptions.raise_compiler_error(node.name ~ ' tells no changes: it has to be keyed') }}
        {%- else -%}
            {%- set number, told = before.get('loads', {}).get(node.name, [0, '0']) -%}
            {%- do queries.append(
                begin ~ "loads' as kind, coalesce(max(load_id), 0) as number, cast(count(*) as string) as told, count(case when load_id <= "
                ~ number ~ " then 1 end) = " ~ told ~ ' as is_kept from ' ~ relation
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set now = {'builds': {}, 'loads': {}, 'contents': {}, 'is_kept': true} -%}
    {%- for row in (run_query(queries | join(' union all ')).rows if queries else []) -%}
        {%- do now[row['kind']].update({row['name']: [row['number'] | int, row['told']]}) -%}
        {%- if not row['is_kept'] -%}
            {%- do now.update({'is_kept': false}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(now) }}
{%- endmacro %}

{#- Whether all that a model takes the changes of has told them by their keys. -#}
{% macro are_told(builds) -%}
    {%- set since = [] -%}
    {%- for name, seen in builds.items() -%}
        {%- do since.append("model = '" ~ name ~ "' and build > " ~ seen[0]) -%}
    {%- endfor -%}
    {%- if not since -%}
        {{ return(true) }}
    {%- endif -%}
    {{ return(run_query('select count(*) from ' ~ books('changes') ~ ' where key is null and (' ~ since | join(' or ') ~ ')').rows[0][0] == 0) }}
{%- endmacro %}

{#- Forgets what all readers of this model have read. -#}
{% macro forget_changes(build) -%}
    {%- set read = [build] -%}
    {%- for row in run_query('select model, made_from from ' ~ books('builds')).rows -%}
        {%- set builds = fromjson(row['made_from']).builds or {} -%}
        {%- if model.name in builds and 'model.groundswell.' ~ row['model'] in graph.nodes -%}
            {%- do read.append(builds[model.name][0]) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do adapter.dispatch('strike_changes', 'groundswell')('build <= ' ~ (read | min if read | length > 1 else build - 1)) -%}
{%- endmacro %}

{% macro duckdb__strike_changes(condition) -%}
    {%- do run_query('delete from ' ~ books('changes') ~ " where model = '" ~ model.name ~ "' and " ~ condition) -%}
{%- endmacro %}

{#- Tells that the keys of a query have changed; of all, without one. -#}
{% macro tell_changes(build, query=none) -%}
    {%- set all = 'select cast(null as string) as key, cast(null as ' ~ timestamptz() ~ ') as changed_at' -%}
    {%- do adapter.dispatch('tell_changes', 'groundswell')(
        build, 'select key, min(changed_at) as changed_at from (' ~ (query or all) ~ ') as told group by key'
    ) -%}
{%- endmacro %}

{% macro duckdb__tell_changes(build, query) -%}
    {%- do run_query('insert into ' ~ books('changes') ~ " select '" ~ model.name ~ "', " ~ build ~ ', key, changed_at from (' ~ query ~ ') as told') -%}
{%- endmacro %}

{#- Its SQL for some keys alone: among() finds the sets of keys that keys() has said. -#}
{% macro restricted(sql) -%}
    {{ return(modules.re.sub('true /\* among (\w+): (.+?) \*/', '\\2 in (select key from ' ~ scratch('\\1') ~ ')', sql)) }}
{%- endmacro %}

{#- What its SQL makes of the keys that are touched, as the scratch table `fresh`, of the columns that the model has. -#}
{% macro make_fresh(whole, columns, sql) -%}
    {%- do adapter.dispatch('make_fresh', 'groundswell')(whole, columns, 'select ' ~ columns ~ ' from (' ~ sql) -%}
{%- endmacro %}

{% macro duckdb__make_fresh(whole, columns, query) -%}
    {%- do create_scratch('fresh', 'select * from ' ~ whole ~ ' limit 0') -%}
    {%- do run_query('insert into ' ~ scratch('fresh') ~ ' (' ~ columns ~ ') ' ~ query) -%}
{%- endmacro %}

{#- Puts the rows that fulfil a condition in the place of those that did. Returns where the model's rows are then. -#}
{% macro replace_rows(whole, columns, of_changed, build) -%}
    {{ return(adapter.dispatch('replace_rows', 'groundswell')(whole, columns, of_changed, build)) }}
{%- endmacro %}

{% macro duckdb__replace_rows(whole, columns, of_changed, build) -%}
    {%- do run_query('delete from ' ~ whole ~ ' where ' ~ of_changed) -%}
    {%- call statement('main') -%}
        insert into {{ whole }} ({{ columns }}) select {{ columns }} from {{ scratch('fresh') }} where {{ of_changed }}
    {%- endcall -%}
    {{ return(whole) }}
{%- endmacro %}

{#- Makes all rows. Returns where they are. -#}
{% macro make_whole(whole, sql, build) -%}
    {{ return(adapter.dispatch('make_whole', 'groundswell')(whole, sql, build)) }}
{%- endmacro %}

{% macro duckdb__make_whole(whole, sql, build) -%}
    {%- set made = make_intermediate_relation(whole) -%}
    {%- call statement('main') -%}
        {{ create_table_as(False, made, sql) }}
    {%- endcall -%}
    {{ return(made) }}
{%- endmacro %}

{#- Makes what was `made` elsewhere the model. -#}
{% macro put_in_place(made, whole, old, build) -%}
    {%- do adapter.dispatch('put_in_place', 'groundswell')(made, whole, old, build) -%}
{%- endmacro %}

{% macro duckdb__put_in_place(made, whole, old, build) -%}
    {%- if old is not none -%}
        {%- do adapter.rename_relation(old, make_backup_relation(whole, old.type)) -%}
    {%- endif -%}
    {%- do adapter.rename_relation(made, whole) -%}
{%- endmacro %}

{% materialization keyed, default %}
    {%- set key = config.require('key') -%}
    {%- set old = load_cached_relation(this) -%}
    {%- set whole = this.incorporate(type='table') -%}
    {%- set fresh = make_intermediate_relation(whole) -%}
    {%- set backup = make_backup_relation(whole, 'table' if old is none else old.type) -%}
    {{ drop_relation_if_exists(load_cached_relation(fresh)) }}
    {{ drop_relation_if_exists(load_cached_relation(backup)) }}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}

    {#- Begins the transaction that the rows and what is told of them share: killed at any point, either both are there or none. -#}
    {%- call statement('begin') -%} select 1 {%- endcall -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set book = book_of(old) -%}
    {%- set before, build = book.made_from, book.build -%}
    {%- set sets = modules.re.findall('(?s)/\* keys (\w+)\n(.+?)\*/', compiled_code) -%}
    {%- set since = modules.re.findall('\{since:(\w+)\}', compiled_code) -%}
    {%- set now = read_now(since, before) if sets else {} -%}
    {%- do now.update({'sql': local_md5(compiled_code)}) -%}
    {%- set is_there = not should_full_refresh() and before.sql == now.sql -%}
    {%- set row_count = run_query('select count(*) from ' ~ whole).rows[0][0] if is_there else 0 -%}
    {#- A fifth of what is there: to look for more takes longer than to make all. -#}
    {%- set sizes = [row_count, 50000] -%}
    {%- for seen in now.get('builds', {}).values() | list + now.get('loads', {}).values() | list -%}
        {%- do sizes.append(seen[1] | int) -%}
    {%- endfor -%}
    {%- set many = (sizes | max) / 5 -%}
    {%- set choice = {
        'by_key': is_there and (not sets or (now.is_kept and before.contents == now.contents and are_told(before.builds))),
        'is_touched': true,
    } -%}
    {%- for name, query in sets -%}
        {%- if choice.by_key and choice.is_touched -%}
            {%- set filled = {'in': modules.re.sub('\{keys:(\w+)\}', scratch('\\1'), query)} -%}
            {%- for input in since -%}
                {%- set seen = before.builds.get(input) or before.loads.get(input) -%}
                {%- do filled.update({'in': filled['in'] | replace('{since:' ~ input ~ '}', seen[0] | string)}) -%}
            {%- endfor -%}
            {%- do create_scratch(name, 'select distinct key from (' ~ filled['in'] ~ ') as found (key) where key is not null') -%}
            {%- if name == 'touched' -%}
                {%- set count = run_query('select count(*) from ' ~ scratch(name)).rows[0][0] -%}
                {%- do choice.update({'by_key': count <= many, 'is_touched': count > 0}) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}

    {%- if choice.by_key and not choice.is_touched -%}
        {%- set made = whole -%}
        {%- call statement('main') -%} select 1 {%- endcall -%}
    {%- elif choice.by_key -%}
        {%- set columns = adapter.get_columns_in_relation(whole) | map(attribute='quoted') | join(', ') -%}
        {%- set sql = restricted(compiled_code) if sets else compiled_code -%}
        {%- set touched = ' where ' ~ key ~ ' in (select key from ' ~ scratch('touched') ~ ')' if sets else '' -%}
        {%- do make_fresh(whole, columns, sql ~ '\n) as made' ~ touched) -%}
        {%- do create_scratch('changed', differing(key, scratch('fresh'), '(select * from ' ~ whole ~ touched ~ ')')) -%}
        {%- set changed = run_query('select count(*) from ' ~ scratch('changed')).rows[0][0] -%}
        {%- set of_changed = key ~ ' in (select key from ' ~ scratch('changed') ~ ')' -%}
        {%- set build = build + (1 if changed else 0) -%}
        {%- if changed > many -%}
            {%- do tell_changes(build) -%}
        {%- elif changed -%}
            {%- set tells = [] -%}
            {%- for relation in [whole, scratch('fresh')] -%}
                {%- for expression in config.get('tells', [key]) -%}
                    {%- do tells.append(
                        'select ' ~ expression ~ ' as key, ' ~ config.get('tells_when', 'cast(null as ' ~ timestamptz() ~ ')') ~ ' as changed_at from '
                        ~ relation ~ ' where ' ~ of_changed ~ ' and ' ~ expression ~ ' is not null'
                    ) -%}
                {%- endfor -%}
            {%- endfor -%}
            {%- do tell_changes(build, tells | join(' union all ')) -%}
        {%- endif -%}
        {%- if changed -%}
            {%- set made = replace_rows(whole, columns, of_changed, build) -%}
        {%- else -%}
            {%- set made = whole -%}
            {%- call statement('main') -%} select 1 {%- endcall -%}
        {%- endif -%}
    {%- else -%}
        {%- set build = build + 1 -%}
        {%- do tell_changes(build) -%}
        {%- set made = make_whole(whole, compiled_code, build) -%}
    {%- endif -%}

    {%- do enter_build(build, made, tojson(now)) -%}
    {%- if made != whole -%}
        {%- do put_in_place(made, whole, old, build) -%}
    {%- endif -%}
    {%- do forget_changes(build) -%}
    {%- do adapter.dispatch('drop_scratch', 'groundswell')(sets | map('first') | list + ['fresh', 'changed']) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ drop_relation_if_exists(load_cached_relation(backup) or backup) if old is not none and not choice.by_key }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [whole]}) }}
{% endmaterialization %}
