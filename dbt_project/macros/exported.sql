{#- Rows in the schema of exported files: files hold them, databases answer with them. `of_ids` stands before the ids that a row names:
    those of a database count inside its source. -#}

{% macro exported_authors(platform) -%}
{%- set fields = {
    'channel': 'text', 'name': 'text', 'handle': 'text', 'url': 'text', 'bio': 'text', 'kind': 'text',
    'followers': 'audience', 'following': 'count', 'posts': 'count', 'created_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source(platform, 'authors'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        '{{ platform }}' as platform_id,
        '{{ platform }}:' || native_id as author_id,
        doc.channel as channel_id,

        -- strings
        doc.handle,
        doc.name as display_name,
        doc.url,
        doc.bio,
        doc.kind as author_kind,
        source_name as observed_from,

        -- numerics
        doc.followers,
        doc.following,
        doc.posts,

        -- dates and timestamps
        doc.created_at as registered_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
{%- endmacro %}

{% macro exported_posts(platform, of_ids) -%}
{%- set fields = {
    'channel': 'text', 'author_id': 'text', 'url': 'text', 'title': 'text', 'text': 'text', 'language': 'text', 'in_reply_to_id': 'text',
    'views': 'count', 'likes': 'count', 'comments': 'count', 'shares': 'count', 'saves': 'count',
    'reported_by': 'text', 'reported_sentiment': 'text', 'reported_reach': 'count',
    'published_at': 'timestamp', 'edited_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source(platform, 'posts'), fields) }}
),

-- without what the author only quotes
own as (
    select
        *,
        {{ own_export('doc.text') }} as own_words
    from source
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        '{{ platform }}' as platform_id,
        '{{ platform }}:' || native_id as post_id,
        {{ of_ids }} || nullif(doc.author_id, 'guest') as author_id,
        {{ of_ids }} || doc.in_reply_to_id as parent_post_id,
        doc.channel as channel_id,

        -- strings
        doc.url,
        doc.title,
        {{ exported_text('own_words') }} as body,
        doc.language,
        'text' as media_type,
        doc.reported_by,
        doc.reported_sentiment,
        {{ urls_in('own_words') }} as links,

        -- numerics
        doc.views,
        doc.likes,
        doc.comments,
        doc.shares,
        doc.saves,
        doc.reported_reach,

        -- dates and timestamps
        doc.published_at,
        doc.edited_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
{%- endmacro %}

{% macro exported_orders(platform) -%}
{%- set fields = {
    'kind': 'text', 'brand_id': 'text', 'product_id': 'text', 'customer_key': 'text', 'customer_author_id': 'text', 'currency': 'text',
    'promo_code': 'text', 'utm_source': 'text', 'utm_medium': 'text', 'utm_campaign': 'text', 'utm_term': 'text', 'utm_content': 'text',
    'referrer': 'text', 'heard_from': 'text', 'tags': 'text', 'sku': 'text', 'product_name': 'text',
    'quantity': 'count', 'revenue': 'decimal', 'margin': 'decimal', 'ordered_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source(platform, 'orders'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        '{{ platform }}' as platform_id,
        '{{ platform }}:' || native_id as order_id,
        doc.brand_id,
        doc.product_id,
        doc.customer_key,
        doc.customer_author_id,

        -- strings
        doc.kind,
        doc.currency,
        doc.promo_code,
        doc.utm_source,
        doc.utm_medium,
        doc.utm_campaign,
        doc.utm_term,
        doc.utm_content,
        doc.referrer,
        doc.heard_from,
        doc.tags,
        doc.sku,
        doc.product_name,

        -- numerics
        doc.quantity,
        doc.revenue,
        doc.margin,

        -- dates and timestamps
        doc.ordered_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
{%- endmacro %}

{% macro exported_refunds(platform, of_ids) -%}
{%- set fields = {
    'order_id': 'text', 'kind': 'text', 'currency': 'text', 'revenue': 'decimal', 'margin': 'decimal', 'refunded_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source(platform, 'refunds'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        '{{ platform }}' as platform_id,
        '{{ platform }}:' || native_id as refund_id,
        {{ of_ids }} || doc.order_id as order_id,

        -- strings
        doc.kind,
        doc.currency,

        -- numerics
        doc.revenue,
        doc.margin,

        -- dates and timestamps
        doc.refunded_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
{%- endmacro %}
