{%- set fields = {
    'id': 'text', 'name': 'text', 'username': 'text', 'link': 'text', 'about': 'text', 'website': 'text', 'category': 'text',
    'fan_count': 'audience', 'followers_count': 'audience', 'talking_about_count': 'count', 'verification_status': 'text',
} -%}

with source as (
    {{ observed_rows(source('facebook', 'pages'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'facebook' as platform_id,
        'facebook:' || native_id as author_id,

        -- strings
        doc.username as handle,
        doc.name as display_name,
        coalesce(doc.link, 'https://www.facebook.com/' || native_id) as url,
        doc.about as bio,
        case when coalesce(doc.category, doc.link) is not null or doc.fan_count is not null then 'organisation' end as author_kind,
        {{ urls_in('doc.website') }} as websites,

        -- numerics
        doc.fan_count,
        doc.followers_count,
        doc.talking_about_count,

        -- booleans
        doc.verification_status != 'not_verified' as is_verified,

        -- dates and timestamps
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
