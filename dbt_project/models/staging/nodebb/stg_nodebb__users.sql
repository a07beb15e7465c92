{%- set fields = {
    'site': 'text', 'username': 'text', 'userslug': 'text', 'fullname': 'text', 'aboutme': 'text', 'websiteLink': 'text',
    'location': 'text', 'reputation': 'score', 'postcount': 'count', 'topiccount': 'count', 'profileviews': 'count',
    'followerCount': 'audience', 'followingCount': 'count', 'joindate': 'epoch_ms',
} -%}

with source as (
    {{ observed_rows(source('nodebb', 'users'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'nodebb' as platform_id,
        'nodebb:' || native_id as author_id,

        -- strings
        {{ html_to_text('doc.username') }} as handle,
        {{ html_to_text("coalesce(nullif(doc.fullname, ''), doc.username)") }} as display_name,
        doc.site || '/user/' || doc.userslug as url,
        nullif({{ html_to_text('doc.aboutme') }}, '') as bio,
        nullif(doc.location, '') as location,
        {{ list_concat(urls_in('doc.websitelink'), urls_in('doc.aboutme')) }} as websites,

        -- numerics; one who never reached anybody has a reputation of 0, and those whose profile is closed tell no followers
        doc.reputation,
        doc.postcount as post_count,
        doc.topiccount as topic_count,
        doc.profileviews as profile_view_count,
        doc.followercount as follower_count,
        doc.followingcount as following_count,

        -- dates and timestamps
        doc.joindate as registered_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
