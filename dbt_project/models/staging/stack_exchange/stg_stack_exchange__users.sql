{%- set fields = {
    'site': 'text', 'user_id': 'text', 'account_id': 'text', 'display_name': 'text', 'link': 'text', 'user_type': 'text',
    'website_url': 'text', 'location': 'text', 'about_me': 'text', 'reputation': 'score',
    'badge_counts': {'gold': 'count', 'silver': 'count', 'bronze': 'count'},
    'creation_date': 'epoch',
} -%}

with source as (
    {{ observed_rows(source('stack_exchange', 'users'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'stack_exchange' as platform_id,
        'stack_exchange:' || native_id as author_id,
        doc.site,
        doc.account_id as network_account_id,

        -- strings
        {{ html_to_text('doc.display_name') }} as handle,
        {{ html_to_text('doc.display_name') }} as display_name,
        doc.link as url,
        {{ html_to_text('doc.about_me') }} as bio,
        {{ html_to_text('doc.location') }} as location,
        {{ list_if("starts_with(doc.website_url, 'http')", 'doc.website_url') }} as websites,

        -- numerics
        doc.reputation,
        doc.badge_counts.gold as gold_badge_count,
        doc.badge_counts.silver as silver_badge_count,
        doc.badge_counts.bronze as bronze_badge_count,

        -- dates and timestamps
        doc.creation_date as registered_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
