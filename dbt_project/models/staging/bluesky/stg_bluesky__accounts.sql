{%- set fields = {
    'did': 'text', 'handle': 'text', 'displayName': 'text', 'description': 'text', 'website': 'text',
    'labels': [{'val': 'text'}],
    'followersCount': 'audience', 'followsCount': 'count', 'postsCount': 'count',
    'createdAt': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('bluesky', 'accounts'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'bluesky' as platform_id,
        'bluesky:' || native_id as author_id,

        -- strings
        doc.handle,
        nullif(trim(doc.displayname), '') as display_name,
        'https://bsky.app/profile/' || native_id as url,
        doc.description as bio,
        case when {{ is_web_address('doc.website') }} then {{ list_of("doc.website") }} else {{ list_of() }} end as websites,

        -- numerics
        doc.followerscount as followers_count,
        doc.followscount as follows_count,
        doc.postscount as posts_count,

        -- booleans
        coalesce(array_contains({{ list_map('doc.labels', 'label', 'label.val') }}, '!no-unauthenticated'), false) as is_closed_to_guests,

        -- dates and timestamps
        doc.createdat as registered_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
