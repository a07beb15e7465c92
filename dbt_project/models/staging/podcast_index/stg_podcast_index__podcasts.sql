{%- set fields = {
    'podcastGuid': 'text', 'title': 'text', 'url': 'text', 'link': 'text', 'description': 'text', 'author': 'text', 'ownerName': 'text',
    'image': 'text', 'language': 'text', 'medium': 'text', 'itunesId': 'text', 'category_names': ['text'],
    'episodeCount': 'count', 'explicit': 'boolean', 'newestItemPubdate': 'epoch',
} -%}

with source as (
    {{ observed_rows(source('podcast_index', 'podcasts'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'podcast_index' as platform_id,
        'podcast_index:' || native_id as author_id,
        nullif(doc.podcastguid, '') as podcast_guid,
        doc.itunesid as itunes_id,

        -- strings
        nullif(doc.title, '') as display_name,
        nullif(doc.link, '') as url,
        nullif({{ html_to_text('doc.description') }}, '') as bio,
        nullif(doc.language, '') as language,
        nullif(doc.author, '') as host_name,
        nullif(doc.ownername, '') as owner_name,
        nullif(doc.medium, '') as medium,
        {{ podcast_kind('doc.medium') }} as author_kind,
        nullif(doc.image, '') as image_url,
        doc.category_names as categories,
        doc.url as observed_from,
        {{ list_if("doc.link != ''", 'doc.link') }} as websites,

        -- numerics
        doc.episodecount as episode_count,

        -- booleans
        doc.explicit as is_explicit,

        -- dates and timestamps
        doc.newestitempubdate as newest_episode_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
