{%- set fields = {
    'name': 'text', 'link_karma': 'score', 'comment_karma': 'score', 'is_employee': 'boolean',
    'subreddit': {'title': 'text', 'public_description': 'text', 'subscribers': 'audience'}, 'created_utc': 'epoch',
} -%}

with source as (
    {{ observed_rows(source('reddit', 'users'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'reddit' as platform_id,
        'reddit:' || native_id as author_id,

        -- strings
        doc.name as handle,
        coalesce(nullif(doc.subreddit.title, ''), doc.name) as display_name,
        'https://www.reddit.com/user/' || doc.name as url,
        nullif(doc.subreddit.public_description, '') as bio,
        {{ urls_in('doc.subreddit.public_description') }} as websites,

        -- numerics; Reddit hides the subscribers of most profiles behind a zero
        doc.link_karma,
        doc.comment_karma,
        doc.link_karma + doc.comment_karma as karma,
        nullif(doc.subreddit.subscribers, 0) as subscribers,

        -- dates and timestamps
        doc.created_utc as registered_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
