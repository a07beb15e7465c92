{%- set fields = {
    'username': 'text', 'name': 'text', 'biography': 'text', 'threads_biography': 'text', 'is_verified': 'boolean',
    'follower_count': 'audience', 'likes_count': 'count', 'quotes_count': 'count', 'reposts_count': 'count', 'views_count': 'count',
    'insights': {'followers_count': 'audience'},
} -%}

with source as (
    {{ observed_rows(source('threads', 'accounts'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'threads' as platform_id,
        'threads:' || native_id as author_id,

        -- strings
        native_id as handle,
        doc.name as display_name,
        'https://www.threads.com/@' || native_id as url,
        coalesce(doc.biography, doc.threads_biography) as bio,
        {{ urls_in('coalesce(doc.biography, doc.threads_biography)') }} as websites,

        -- numerics; but for the followers those of the last 7 days
        coalesce(doc.follower_count, doc.insights.followers_count) as follower_count,
        doc.likes_count as weekly_likes_count,
        doc.quotes_count as weekly_quotes_count,
        doc.reposts_count as weekly_reposts_count,
        doc.views_count as weekly_views_count,

        -- booleans
        doc.is_verified,

        -- dates and timestamps
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
