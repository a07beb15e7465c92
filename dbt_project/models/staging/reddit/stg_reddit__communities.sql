{%- set fields = {
    'display_name': 'text', 'title': 'text', 'public_description': 'text', 'description': 'text', 'lang': 'text', 'subreddit_type': 'text',
    'subscribers': 'audience', 'active_user_count': 'count', 'over18': 'boolean', 'created_utc': 'epoch',
} -%}

with source as (
    {{ observed_rows(source('reddit', 'communities'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'reddit' as platform_id,
        'reddit:' || native_id as container_id,

        -- strings
        doc.display_name as handle,
        coalesce(nullif(doc.title, ''), doc.display_name) as display_name,
        'https://www.reddit.com/r/' || doc.display_name || '/' as url,
        coalesce(nullif(doc.public_description, ''), nullif(doc.description, '')) as description,
        nullif(doc.lang, '') as language,
        doc.subreddit_type,

        -- numerics
        doc.subscribers,
        doc.active_user_count,

        -- booleans
        doc.over18 as is_adult,

        -- dates and timestamps
        doc.created_utc as created_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
