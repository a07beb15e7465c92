{%- set fields = {
    'feed_url': 'text', 'podcast_id': 'text', 'guid': 'text', 'title': 'text', 'link': 'text', 'description_html': 'text',
    'enclosure_url': 'text', 'enclosure_type': 'text', 'episode_type': 'text',
    'persons': [{'name': 'text', 'role': 'text', 'group': 'text', 'href': 'text'}],
    'social_interact': [{'uri': 'text'}],
    'duration_seconds': 'count', 'season': 'count', 'episode': 'double', 'explicit': 'boolean', 'published': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('podcast_feeds', 'episodes'), fields) }}
),

-- without what the author only quotes
own as (
    select
        *,
        {{ own_html('doc.description_html') }} as own_html
    from source
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'podcast_feeds' as platform_id,
        'podcast_feeds:' || native_id as post_id,
        'podcast_feeds:' || doc.podcast_id as author_id,
        'podcast_feeds:' || doc.podcast_id as container_id,
        doc.guid as episode_guid,

        -- strings
        coalesce(doc.link, doc.enclosure_url) as url,
        {{ html_to_text('doc.title') }} as title,
        {{ html_to_text('own_html') }} as body,
        case when starts_with(doc.enclosure_type, 'video') then 'video' else 'audio' end as media_type,
        doc.episode_type,
        {{ list_concat(urls_in('own_html'), list_map('doc.social_interact', 'thread', 'thread.uri')) }} as links,
        doc.persons,

        -- numerics
        doc.duration_seconds,
        doc.season as season_number,
        doc.episode as episode_number,

        -- booleans
        doc.explicit as is_explicit,

        -- dates and timestamps
        doc.published as published_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
