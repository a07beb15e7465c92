{#- The models in the platforms' rooms: models/staging/<platform>/, and models/intermediate/<platform>/ for what has to be put in shape.

    While dbt looks for ref() it has no graph yet and cannot list folders: whoever starts it names them in GROUNDSWELL_MODELS (as
    orchestration/settings.py and the Makefile do). It is an environment variable because dbt parses just the models that read one anew when
    it changes, and with it whoever reads a platform that is new. -#}
{% macro room_models() %}
    {%- set names = env_var('GROUNDSWELL_MODELS', '').split() -%}
    {%- set known = (graph.nodes or {}).values() if execute else [] -%}
    {%- for node in known if node.resource_type == 'model' and node.name.startswith('stg_') and node.name not in names -%}
        {{ exceptions.raise_compiler_error(
            'GROUNDSWELL_MODELS does not name ' ~ node.name ~ ': export GROUNDSWELL_MODELS="$(make models)" at the top of the project'
        ) }}
    {%- endfor -%}
    {%- if not names -%}
        {{ exceptions.raise_compiler_error(
            'GROUNDSWELL_MODELS is not set: export GROUNDSWELL_MODELS="$(make models)" at the top of the project'
        ) }}
    {%- endif -%}
    {{ return(names) }}
{% endmacro %}

{#- What platforms call their entities: a union takes up every platform's model of such a name. -#}
{% macro entities_of(kind) %}
    {{ return({
        'posts': [
            'entries', 'statuses', 'revisions', 'items', 'posts', 'comments', 'stories', 'bookmarks', 'pins', 'media', 'questions',
            'answers', 'videos', 'clips', 'reviews',
        ],
        'episodes': ['episodes'],
        'authors': ['authors', 'accounts', 'users', 'organisations', 'channels', 'podcasts'],
        'interactions': ['interactions', 'reposts'],
        'follows': ['follows'],
        'orders': ['orders'],
        'refunds': ['refunds'],
        'containers': ['feeds', 'podcasts', 'pages', 'topics', 'communities'],
    }[kind]) }}
{% endmacro %}

{#- The names of entities of some kinds, as SQL texts. -#}
{% macro entity_names(kinds) -%}
    {%- set names = [] -%}
    {%- for kind in kinds -%}
        {%- do names.extend(entities_of(kind)) -%}
    {%- endfor -%}
    '{{ names | join("', '") }}'
{%- endmacro %}

{#- What reads a kind asks of it, and no room tells that is always built, as SQL of its type. -#}
{% macro told_by_some(kind) %}
    {%- set text, flag, texts = 'cast(null as string)', 'cast(null as boolean)', list_of('cast(null as string)') -%}
    {{ return({
        'posts': {
            'quoted_post_id': text, 'reposted_post_id': text, 'mentioned_author_ids': texts, 'is_gone': flag, 'is_paid_partnership': flag,
            'transcript': text,
        },
        'authors': {'is_bot': flag, 'verified_websites': texts},
        'interactions': {'target': text},
    }.get(kind, {})) }}
{% endmacro %}

{#- Of some models those that are built. A night leaves out the rooms of platforms that have told nothing yet, but for those with
    `is_always_built` (dbt_project.yml); while dbt looks for ref() all count. -#}
{% macro built_among(names) %}
    {{ return(adapter.dispatch('built_among', 'groundswell')(names)) }}
{% endmacro %}

{% macro duckdb__built_among(names) %}
    {%- if not execute -%}
        {{ return(names) }}
    {%- endif -%}
    {%- set built = run_query(
        "select table_name from duckdb_tables() where database_name = current_database() and schema_name in ('staging', 'intermediate')
        union all
        select view_name from duckdb_views() where database_name = current_database() and schema_name in ('staging', 'intermediate')"
    ).columns[0].values() -%}
    {{ return(names | select('in', built) | list) }}
{% endmacro %}

{#- On Spark all are. -#}
{% macro spark__built_among(names) %}
    {{ return(names) }}
{% endmacro %}

{#- The staging models of all platforms. -#}
{% macro staging_models() %}
    {%- set ours = ['attribution', 'home', 'ops', 'rankings', 'scores', 'signals'] -%}
    {%- set found = [] -%}
    {%- for name in room_models() if name.startswith('stg_') and name[4:].split('__')[0] not in ours -%}
        {%- do found.append(name) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{#- The models of a kind, a platform after the other, built or not. `int_<platform>_<entity>` stands in for `stg_<platform>__<entity>`;
    `as_staged` asks for the latter where there are both. -#}
{% macro models_of(kind, as_staged=false) %}
    {%- set names = room_models() -%}
    {%- set platforms = [] -%}
    {%- for name in staging_models() if name[4:].split('__')[0] not in platforms -%}
        {%- do platforms.append(name[4:].split('__')[0]) -%}
    {%- endfor -%}
    {%- set found = [] -%}
    {%- for platform in platforms -%}
        {%- for entity in entities_of(kind) -%}
            {%- set candidates = ['int_' ~ platform ~ '_' ~ entity, 'stg_' ~ platform ~ '__' ~ entity] -%}
            {%- set there = (candidates | reverse if as_staged else candidates) | select('in', names) | list -%}
            {%- do found.extend(there[:1]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{#- All rows of a kind that are wanted, whatever platform they are of, and of the models `also`; a column that one does not have is NULL
    there. -#}
{% macro union_of(kind, wanted='true', also=[]) -%}
    {%- set relations = [] -%}
    {%- for model in built_among(models_of(kind) + also) -%}
        {%- do relations.append(ref(model)) -%}
    {%- endfor -%}
    {{ return(adapter.dispatch('union_by_name', 'groundswell')(relations, wanted, told_by_some(kind))) }}
{%- endmacro %}

{% macro duckdb__union_by_name(relations, wanted, also) -%}
    {%- for relation in relations -%}
        {%- if not loop.first %}
    union all by name
    {% endif -%}
    select * from {{ relation }} where {{ wanted }}
    {%- endfor %}
    {%- if also %}
    union all by name
    select {% for name, value in also.items() %}{{ value }} as {{ name }}{{ ', ' if not loop.last }}{% endfor %} where false
    {%- endif %}
{%- endmacro %}

{#- Spark unites by place: the columns are asked for when dbt executes, and as all rooms are built, some have each of `also`. -#}
{% macro spark__union_by_name(relations, wanted, also) -%}
    {%- set types, held = {}, [] -%}
    {%- for relation in relations -%}
        {%- set names = [] -%}
        {%- for column in adapter.get_columns_in_relation(relation) if execute -%}
            {%- do names.append(column.name) -%}
            {%- do types.setdefault(column.name, column.dtype) -%}
        {%- endfor -%}
        {%- do held.append(names) -%}
    {%- endfor -%}
    {%- for relation in relations -%}
        {%- set columns, names = [], held[loop.index0] -%}
        {%- for name, type in types.items() -%}
            {%- do columns.append(name if name in names else 'cast(null as ' ~ type ~ ') as ' ~ name) -%}
        {%- endfor -%}
        {%- if not loop.first %}
    union all
    {% endif -%}
    select {{ columns | join(', ') or '*' }} from {{ relation }} where {{ wanted }}
    {%- endfor %}
{%- endmacro %}

{#- One row per night, item and metric, of all models of a kind, and of `more_models`, whose properties name the columns with `metrics` (and
    `metrics_also`, `metrics_best_first`, as in reported_metrics). Properties are there only when dbt executes: the models are referred to in
    any case. -#}
{% macro metrics_of(kind, key, also=[], wanted='true', more_models=[]) -%}
    {%- set metas, more, models = [], {}, models_of(kind, as_staged=true) + more_models -%}
    {%- set built = built_among(models) -%}
    {%- for model in models -%}
        {%- set relation = ref(model) -%}
        {%- set meta = (graph.nodes or {}).get('model.groundswell.' ~ model, {}).get('config', {}).get('meta', {}) -%}
        {%- do more.update(meta.get('metrics_also', {})) -%}
        {%- if meta.metrics and model in built -%}
            {%- do metas.append((relation, meta)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for relation, meta in metas -%}
        {%- set own = meta.get('metrics_also', {}) | list %}
        {%- if not loop.first %}
    union all
    {% endif -%}
    select {{ (['platform_id', key, 'observed_date'] + also + ['source_metric', 'value']) | join(', ') }}
        {%- for column, type in more.items() %}, {{ column if column in own else 'cast(null as ' ~ type ~ ') as ' ~ column }}{% endfor %}
    from (
        {{ reported_metrics(relation, key, meta.metrics, also + own, meta.get('metrics_best_first', 'load_id desc'), wanted) }}
    ) as reported
    {%- endfor %}
{%- endmacro %}

{#- The rows of all platforms whose payload has a value of an undeclared type. -#}
{% macro ill_typed_rows() -%}
    {%- for model in built_among(staging_models()) -%}
        {%- if not loop.first %}
    union all
    {% endif -%}
    select
        platform_id,
        '{{ model.split('__')[1] }}' as entity,
        native_id,
        'staging' as found_by,
        'not of the declared type: ' || ill_typed as reason,
        source_name,
        observed_at
    from {{ ref(model) }}
    where ill_typed is not null
    {%- endfor %}
{%- endmacro %}

{#- The posts that only pass on another's, as acts. -#}
{% macro reposts_among(posts) -%}
select
    'repost' as kind,
    author_id as actor_author_id,
    reposted_post_id as target_post_id,
    published_at as occurred_at,
    observed_at,
    source_name
from {{ posts }}
where reposted_post_id is not null
{%- endmacro %}
