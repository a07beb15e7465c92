{%- set fields = {
    'title': 'text', 'link': 'text', 'description': 'text', 'guid': 'text', 'podcastGuid': 'text', 'feedId': 'text', 'feedUrl': 'text',
    'feedTitle': 'text', 'feedLanguage': 'text', 'enclosureUrl': 'text', 'enclosureType': 'text', 'episodeType': 'text',
    'persons': [{'name': 'text', 'role': 'text', 'group': 'text', 'href': 'text'}],
    'transcripts': [{'url': 'text', 'type': 'text'}],
    'socialInteract': [{'uri': 'text', 'url': 'text'}],
    'duration': 'count', 'season': 'count', 'episode': 'double', 'explicit': 'boolean',
    'datePublished': 'epoch', 'dateCrawled': 'epoch',
} -%}

with source as (
    {{ observed_rows(source('podcast_index', 'episodes'), fields) }}
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
        'podcast_index' as platform_id,
        'podcast_index:' || native_id as post_id,
        'podcast_index:' || doc.feedid as author_id,
        'podcast_index:' || doc.feedid as container_id,
        doc.guid as episode_guid,
        nullif(doc.podcastguid, '') as podcast_guid,

        -- strings
        coalesce(nullif(doc.link, ''), nullif(doc.enclosureurl, '')) as url,
        nullif(doc.title, '') as title,
        {{ html_to_text('own_html') }} as body,
        nullif(doc.feedlanguage, '') as language,
        case when starts_with(doc.enclosuretype, 'video') then 'video' else 'audio' end as media_type,
        doc.episodetype as episode_type,
        {{ list_concat(urls_in('own_html'), list_map('doc.socialinteract', 'thread', 'coalesce(thread.uri, thread.url)')) }} as links,
        doc.persons,
        {{ first_of('doc.transcripts') }}.url as transcript_url,
        nullif(doc.feedurl, '') as feed_url,

        -- numerics; 0 is how the index writes that it does not know
        nullif(doc.duration, 0) as duration_seconds,
        nullif(doc.season, 0) as season_number,
        doc.episode as episode_number,

        -- booleans
        doc.explicit as is_explicit,

        -- dates and timestamps
        doc.datepublished as published_at,
        doc.datecrawled as crawled_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
