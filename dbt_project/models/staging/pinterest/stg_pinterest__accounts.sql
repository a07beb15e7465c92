{%- set fields = {
    'id': 'text', 'username': 'text', 'business_name': 'text', 'account_type': 'text', 'about': 'text', 'website_url': 'text',
    'follower_count': 'audience', 'following_count': 'count', 'pin_count': 'count', 'monthly_views': 'count',
} -%}

with source as (
    {{ observed_rows(source('pinterest', 'accounts'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'pinterest' as platform_id,
        'pinterest:' || native_id as author_id,

        -- strings
        doc.username as handle,
        coalesce(nullif(doc.business_name, ''), doc.username) as display_name,
        'https://www.pinterest.com/' || doc.username || '/' as url,
        nullif(doc.about, '') as bio,
        case doc.account_type when 'BUSINESS' then 'organisation' when 'PINNER' then 'person' end as author_kind,
        {{ list_if("nullif(doc.website_url, '') is not null", 'doc.website_url') }} as websites,

        -- numerics; Pinterest says -1 where it does not tell
        case when doc.follower_count >= 0 then doc.follower_count end as follower_count,
        case when doc.following_count >= 0 then doc.following_count end as following_count,
        case when doc.pin_count >= 0 then doc.pin_count end as pin_count,
        case when doc.monthly_views >= 0 then doc.monthly_views end as monthly_views,

        -- dates and timestamps
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
