{%- set fields = {
    'id': 'text', 'uri': 'text', 'url': 'text', 'acct': 'text', 'instance': 'text',
    'display_name': 'text', 'note': 'text', 'bot': 'boolean',
    'followers_count': 'bigint', 'following_count': 'bigint', 'statuses_count': 'bigint',
    'fields': [{'value': 'text', 'verified_at': 'text'}],
    'created_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('mastodon', 'accounts'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'mastodon' as platform_id,
        'mastodon:' || native_id as author_id,
        doc.instance,
        doc.id as account_id,

        -- strings
        case
            when contains(doc.acct, '@') then doc.acct
            else doc.acct || '@' || regexp_extract(doc.instance, '^(?:https?://)?([^/]+)', 1)
        end as handle,
        nullif(doc.display_name, '') as display_name,
        doc.url,
        {{ html_to_text('doc.note') }} as bio,
        doc.instance as observed_from,
        flatten([{{ urls_in('field.value') }} for field in doc.fields])
        || {{ urls_in('doc.note') }} as websites,
        flatten([{{ urls_in('field.value') }} for field in doc.fields if field.verified_at is not null]) as verified_websites,

        -- numerics
        doc.followers_count,
        doc.following_count,
        doc.statuses_count,

        -- booleans
        doc.bot as is_bot,
        contains(doc.acct, '@') as is_partial,

        -- dates and timestamps
        doc.created_at as registered_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
