{%- set fields = {
    'collectionId': 'text', 'collectionName': 'text', 'trackName': 'text', 'trackViewUrl': 'text', 'episodeUrl': 'text',
    'episodeGuid': 'text', 'episodeContentType': 'text', 'description': 'text', 'shortDescription': 'text', 'feedUrl': 'text',
    'contentAdvisoryRating': 'text', 'country': 'text', 'trackTimeMillis': 'count', 'releaseDate': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('itunes', 'episodes'), fields) }}
),

-- without what the author only quotes
own as (
    select
        *,
        {{ own_html('doc.description') }} as own_html
    from source
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'itunes' as platform_id,
        'itunes:' || native_id as post_id,
        'itunes:' || doc.collectionid as author_id,
        'itunes:' || doc.collectionid as container_id,
        doc.episodeguid as episode_guid,

        -- strings
        doc.trackviewurl as url,
        doc.trackname as title,
        coalesce({{ html_to_text('own_html') }}, {{ html_to_text('doc.shortdescription') }}) as body,
        case when doc.episodecontenttype = 'video' then 'video' else 'audio' end as media_type,
        {{ urls_in('own_html') }} as links,
        doc.episodeurl as enclosure_url,
        doc.feedurl as feed_url,
        doc.country as store_country,

        -- numerics
        cast(floor(doc.tracktimemillis / 1000) as bigint) as duration_seconds,

        -- booleans
        doc.contentadvisoryrating = 'Explicit' as is_explicit,

        -- dates and timestamps
        doc.releasedate as published_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
