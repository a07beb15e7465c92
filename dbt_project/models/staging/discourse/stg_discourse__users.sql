{%- set fields = {
    'id': 'text', 'instance': 'text', 'base_url': 'text', 'username': 'text', 'name': 'text', 'bio_cooked': 'text', 'website': 'text',
    'title': 'text', 'location': 'text', 'trust_level': 'bigint', 'badge_count': 'count', 'profile_view_count': 'count',
    'post_count': 'count', 'total_followers': 'audience', 'total_following': 'count', 'admin': 'boolean', 'moderator': 'boolean',
    'created_at': 'timestamp', 'last_posted_at': 'timestamp', 'suspended_till': 'text',
} -%}

with source as (
    {{ observed_rows(source('discourse', 'users'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'discourse' as platform_id,
        'discourse:' || native_id as author_id,
        doc.instance,

        -- strings
        doc.username as handle,
        coalesce(nullif(doc.name, ''), doc.username) as display_name,
        doc.base_url || '/u/' || doc.username as url,
        {{ html_to_text('doc.bio_cooked') }} as bio,
        doc.title,
        doc.location,
        {{ list_concat(urls_in('doc.bio_cooked'), list_if("nullif(doc.website, '') is not null", 'doc.website')) }} as websites,

        -- numerics; followers only where the forum has the plugin, posts only where its staff asks
        doc.profile_view_count,
        doc.total_followers,
        doc.total_following,
        doc.post_count,
        doc.badge_count,
        doc.trust_level,

        -- booleans; the forum's own accounts have numbers below zero
        starts_with(doc.id, '-') as is_bot,
        coalesce(doc.admin, false) or coalesce(doc.moderator, false) as is_staff,
        doc.suspended_till is not null as is_suspended,

        -- dates and timestamps
        doc.created_at as registered_at,
        doc.last_posted_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
