{%- set fields = {
    'artistId': 'text', 'artistName': 'text', 'collectionName': 'text', 'collectionViewUrl': 'text', 'feedUrl': 'text',
    'artworkUrl600': 'text', 'artworkUrl100': 'text', 'primaryGenreName': 'text', 'genres': ['text'], 'country': 'text',
    'collectionExplicitness': 'text', 'trackCount': 'count', 'releaseDate': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('itunes', 'podcasts'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'itunes' as platform_id,
        'itunes:' || native_id as author_id,
        native_id as itunes_id,
        doc.artistid as artist_id,

        -- strings
        doc.collectionname as display_name,
        doc.collectionviewurl as url,
        doc.artistname as host_name,
        coalesce(doc.artworkurl600, doc.artworkurl100) as image_url,
        doc.primarygenrename as primary_genre,
        doc.genres as categories,
        doc.country as store_country,
        doc.feedurl as observed_from,

        -- numerics
        doc.trackcount as episode_count,

        -- booleans
        doc.collectionexplicitness = 'explicit' as is_explicit,

        -- dates and timestamps
        doc.releasedate as newest_episode_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
