{%- set fields = {
    'id': 'text', 'username': 'text', 'name': 'text', 'biography': 'text', 'website': 'text',
    'followers_count': 'audience', 'follows_count': 'count', 'media_count': 'count',
} -%}

with source as (
    {{ observed_rows(source('instagram', 'accounts'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'instagram' as platform_id,
        'instagram:' || native_id as author_id,

        -- strings
        doc.username as handle,
        doc.name as display_name,
        'https://www.instagram.com/' || doc.username || '/' as url,
        doc.biography as bio,
        {{ urls_in('doc.website') }} as websites,

        -- numerics
        doc.followers_count,
        doc.follows_count,
        doc.media_count,

        -- dates and timestamps
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
