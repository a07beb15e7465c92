{%- set fields = {
    'feed_url': 'text', 'guid': 'text', 'title': 'text', 'link': 'text', 'description': 'text', 'language': 'text', 'author': 'text',
    'owner_name': 'text', 'medium': 'text', 'categories': ['text'],
} -%}

with source as (
    {{ observed_rows(source('podcast_feeds', 'podcasts'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'podcast_feeds' as platform_id,
        'podcast_feeds:' || native_id as author_id,
        doc.guid as podcast_guid,

        -- strings
        {{ html_to_text('doc.title') }} as display_name,
        doc.link as url,
        {{ html_to_text('doc.description') }} as bio,
        doc.language,
        doc.author as host_name,
        doc.owner_name,
        doc.medium,
        {{ podcast_kind('doc.medium') }} as author_kind,
        doc.categories,
        {{ list_if('doc.link is not null', 'doc.link') }} as websites,
        doc.feed_url as observed_from,

        -- dates and timestamps
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
