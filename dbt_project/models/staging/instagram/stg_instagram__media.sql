{%- set fields = {
    'id': 'text', 'author_id': 'text', 'owner': {'id': 'text'}, 'tagged_accounts': ['text'],
    'caption': 'text', 'permalink': 'text', 'media_type': 'text', 'media_product_type': 'text',
    'like_count': 'count', 'comments_count': 'count', 'view_count': 'count',
    'insights': {'views': 'count', 'reach': 'count', 'saved': 'count', 'shares': 'count', 'total_interactions': 'count'},
    'timestamp': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('instagram', 'media'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'instagram' as platform_id,
        'instagram:' || native_id as post_id,
        'instagram:' || coalesce(doc.author_id, doc.owner.id) as author_id,
        coalesce({{ list_map('doc.tagged_accounts', 'id', "'instagram:' || id") }}, {{ list_of() }}) as mentioned_author_ids,

        -- strings
        doc.permalink as url,
        doc.caption as body,
        case doc.media_type when 'VIDEO' then 'video' else 'image' end as media_type,
        doc.media_product_type as product_type,
        {{ urls_in('doc.caption') }} as links,

        -- numerics; a like_count that its owner hides is missing
        doc.like_count,
        doc.comments_count,
        coalesce(doc.insights.views, doc.view_count) as views,
        doc.insights.reach,
        doc.insights.saved,
        doc.insights.shares,
        doc.insights.total_interactions,

        -- dates and timestamps
        doc.timestamp as published_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
