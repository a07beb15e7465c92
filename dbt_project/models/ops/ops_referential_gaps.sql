{#- The columns that point, and at what: of each table its key and, where it tells it, the night of its rows. -#}
{%- set pointers = [
    ('posts', 'int_posts', 'post_id', 'first_observed_date', {
        'author_id': 'authors', 'parent_post_id': 'posts', 'quoted_post_id': 'posts',
    }),
    ('interactions', 'int_interactions', 'interaction_id', none, {
        'actor_author_id': 'authors', 'target_author_id': 'authors', 'post_id': 'posts', 'target_post_id': 'posts',
    }),
    ('orders', 'int_orders', 'order_id', none, {
        'brand_id': 'brands', 'told_product_id': 'products', 'customer_author_id': 'authors',
    }),
    ('refunds', 'int_refunds', 'refund_id', none, {'order_id': 'orders'}),
    ('reviews', 'stg_files__reviews', 'post_id', none, {'brand_id': 'brands', 'product_id': 'products'}),
] -%}
{%- set of_home = {
    'campaign_codes': {'author_id': 'authors'},
    'campaign_contacts': {'author_id': 'authors'},
    'campaign_hold_outs': {'author_id': 'authors'},
    'campaign_links': {'author_id': 'authors', 'post_id': 'posts'},
    'campaign_spend': {'author_id': 'authors'},
    'list_members': {'author_id': 'authors'},
    'person_decisions': {'author_id': 'authors', 'other_author_id': 'authors'},
} -%}

with known as (
    select distinct
        'authors' as refers_to,
        author_id as id
    from {{ ref('int_authors') }}
    where load_id > 0
    union all
    select
        'posts' as refers_to,
        post_id as id
    from {{ ref('int_posts') }}
    union all
    select
        'orders' as refers_to,
        order_id as id
    from {{ ref('int_orders') }}
    union all
    select
        'brands' as refers_to,
        brand_id as id
    from {{ ref('stg_home__brands') }}
    union all
    select
        'products' as refers_to,
        product_id as id
    from {{ ref('stg_home__products') }}
    union all
    select
        'channels' as refers_to,
        channel_id as id
    from {{ ref('channels') }}
    where channel_id != 'unknown'
),

pointing as (
    {%- for entity, model, key, night, columns in pointers %}
        {%- for column, target in columns.items() %}
            select
                {{ night or 'cast(null as date)' }} as observed_date,
                {{ 'cast(null as ' ~ timestamptz() ~ ')' if night else 'observed_at' }} as observed_at,
                source_name,
                '{{ entity }}' as entity,
                '{{ column | replace('told_', '') }}' as column_name,
                '{{ target }}' as refers_to,
                {{ key }} as key,
                {{ column }} as id
            from {{ ref(model) }}
            union all
        {%- endfor %}
    {%- endfor %}
    select
        first_observed_date as observed_date,
        cast(null as {{ timestamptz() }}) as observed_at,
        source_name,
        'posts' as entity,
        'channel_id' as column_name,
        'channels' as refers_to,
        post_id as key,
        channel_id as id
    from {{ ref('int_posts') }}
    union all
    {%- for column in ['follower_author_id', 'followed_author_id'] %}
        select
            observed_date,
            observed_at,
            source_name,
            'follows' as entity,
            '{{ column }}' as column_name,
            'authors' as refers_to,
            follower_author_id || ' follows ' || followed_author_id as key,
            {{ column }} as id
        from (
            {{ union_of('follows') }}
        )
        union all
    {%- endfor %}
    {%- for table, columns in of_home.items() %}
        {%- set outer = loop %}
        {%- for column, target in columns.items() %}
            select
                null as observed_date,
                null as observed_at,
                'home' as source_name,
                '{{ table }}' as entity,
                '{{ column }}' as column_name,
                '{{ target }}' as refers_to,
                '{{ table }}.csv' as key,
                {{ column }} as id
            from {{ ref('stg_home__' ~ table) }}
            {% if not (loop.last and outer.last) %}union all{% endif %}
        {%- endfor %}
    {%- endfor %}
),

nights as (
    select distinct
        source_name,
        started_at,
        observed_date
    from {{ ref('stg_ops__source_runs') }}
)

select
    coalesce(pointing.observed_date, nights.observed_date, cast(pointing.observed_at as date)) as observed_date,
    pointing.source_name,
    pointing.entity,
    pointing.column_name,
    pointing.refers_to,
    count(*) as gap_count,
    {{ array_to_string(least_values("left(pointing.key, 200) || ' -> ' || left(pointing.id, 200)", 5), "'; '") }} as examples
from pointing
left join known on pointing.refers_to = known.refers_to and pointing.id = known.id
left join nights on pointing.source_name = nights.source_name and pointing.observed_at = nights.started_at
where pointing.id is not null and known.id is null
group by all
