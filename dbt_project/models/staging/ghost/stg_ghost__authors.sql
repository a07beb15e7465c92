{%- set fields = {
    'site': 'text', 'is_member': 'boolean', 'slug': 'text', 'name': 'text', 'url': 'text', 'bio': 'text', 'expertise': 'text',
    'website': 'text', 'twitter': 'text', 'facebook': 'text', 'count': {'posts': 'count'},
} -%}

with source as (
    {{ observed_rows(source('ghost', 'authors'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'ghost' as platform_id,
        'ghost:' || native_id as author_id,
        doc.site,

        -- strings; a member who comments has a name, and what they say of their work
        coalesce(doc.slug, doc.name) as handle,
        doc.name as display_name,
        doc.url,
        coalesce(doc.bio, doc.expertise) as bio,
        {{ list_where(
            list_of(
                'doc.website',
                "'https://x.com/' || nullif(trim(leading '@' from doc.twitter), '')",
                "'https://www.facebook.com/' || nullif(trim(leading '/' from doc.facebook), '')",
            ),
            'address', "address != ''"
        ) }} as websites,

        -- numerics
        doc.count.posts as post_count,

        -- dates and timestamps
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
