{%- set lifetime = {
    'impression': 'count', 'save': 'count', 'pin_click': 'count', 'outbound_click': 'count', 'clickthrough': 'count',
    'reaction': 'count', 'comment': 'count',
} -%}
{%- set fields = {
    'id': 'text', 'author': 'text', 'parent_pin_id': 'text', 'board_id': 'text', 'link': 'text', 'title': 'text', 'description': 'text',
    'media': {'media_type': 'text'}, 'pin_metrics': {'lifetime_metrics': lifetime}, 'created_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('pinterest', 'pins'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids; a pin that was saved from another one speaks of it in words of its own
        'pinterest' as platform_id,
        'pinterest:' || native_id as post_id,
        'pinterest:' || doc.author as author_id,
        'pinterest:' || doc.parent_pin_id as quoted_post_id,
        doc.board_id,

        -- strings
        'https://www.pinterest.com/pin/' || native_id || '/' as url,
        nullif(doc.title, '') as title,
        nullif(trim(doc.description), '') as body,
        case when contains(doc.media.media_type, 'video') then 'video' else 'image' end as media_type,
        {{ list_concat(urls_in('doc.description'), list_if('doc.link is not null', 'doc.link')) }} as links,

        -- numerics; of pins made before 2023-03-20 Pinterest tells them for video only
        doc.pin_metrics.lifetime_metrics.impression as impressions,
        doc.pin_metrics.lifetime_metrics.save as saves,
        doc.pin_metrics.lifetime_metrics.pin_click as pin_clicks,
        coalesce(
            doc.pin_metrics.lifetime_metrics.outbound_click, doc.pin_metrics.lifetime_metrics.clickthrough
        ) as outbound_clicks,
        doc.pin_metrics.lifetime_metrics.reaction as reactions,
        doc.pin_metrics.lifetime_metrics.comment as comments,

        -- dates and timestamps
        doc.created_at as published_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
