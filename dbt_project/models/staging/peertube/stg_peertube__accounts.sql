{%- set fields = {
    'url': 'text', 'name': 'text', 'host': 'text', 'displayName': 'text', 'description': 'text', 'owner': {'url': 'text'},
    'followersCount': 'audience', 'followingCount': 'count', 'createdAt': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('peertube', 'accounts'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'peertube' as platform_id,
        'peertube:' || native_id as author_id,
        'peertube:' || doc.owner.url as owner_author_id,

        -- strings; the instance itself says whose a channel is
        doc.name || '@' || doc.host as handle,
        doc.displayname as display_name,
        doc.url,
        doc.description as bio,
        {{ urls_in('doc.description') }} as websites,
        {{ list_if('doc.owner.url is not null', 'doc.owner.url') }} as verified_websites,

        -- numerics
        doc.followerscount as followers_count,
        doc.followingcount as following_count,

        -- dates and timestamps
        doc.createdat as registered_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
