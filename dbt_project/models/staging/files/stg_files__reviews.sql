{%- set fields = {
    'product_id': 'text', 'brand_id': 'text', 'author_id': 'text', 'author_name': 'text', 'url': 'text', 'title': 'text', 'text': 'text',
    'language': 'text', 'rating': 'decimal', 'likes': 'count', 'is_verified_purchase': 'boolean', 'reviewed_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('files', 'reviews'), fields) }}
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
        'files' as platform_id,
        'files:review:' || native_id as post_id,
        'files:' || doc.author_id as author_id,
        'communities' as channel_id,
        doc.product_id,
        doc.brand_id,

        -- strings
        doc.author_name,
        doc.url,
        doc.title,
        {{ exported_text('own_words') }} as body,
        doc.language,
        'review' as media_type,
        {{ urls_in('own_words') }} as links,

        -- numerics
        doc.rating,
        doc.likes,

        -- booleans
        doc.is_verified_purchase,

        -- dates and timestamps
        doc.reviewed_at as published_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
