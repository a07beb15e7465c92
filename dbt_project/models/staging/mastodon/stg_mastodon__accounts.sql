{%- set fields = {
    'id': 'text', 'uri': 'text', 'url': 'text', 'acct': 'text', 'instance': 'text',
    'display_name': 'text', 'note': 'text', 'bot': 'boolean', 'group': 'boolean',
    'followers_count': 'audience', 'following_count': 'count', 'statuses_count': 'count',
    'fields': [{'value': 'text', 'verified_at': 'text'}],
    'created_at': 'timestamp', 'software': 'text', 'hide_collections': 'boolean',
    'pleroma': {'hide_followers_count': 'boolean', 'hide_follows_count': 'boolean'},
} -%}

{#- Whose zero may be no count: an account that hides its lists (GoToSocial then tells 0), any account on snac, and on other software
    than Mastodon one of another server, which may never have been asked. -#}
{%- set is_zero_unknown -%}
    coalesce(doc.hide_collections, false) or coalesce(doc.software = 'snac', false)
    or (doc.software is not null and contains(doc.acct, '@'))
{%- endset -%}

with source as (
    {{ observed_rows(source('mastodon', 'accounts'), fields) }}
),

told as (
    select
        *,
        {{ array_to_string(list_map('doc.fields', 'field', 'field.value'), "' '") }} as said,
        {{ array_to_string(list_map(list_where('doc.fields', 'field', 'field.verified_at is not null'), 'field', 'field.value'), "' '") }}
            as verified
    from source
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
        -- a Group actor passes on what its members write: a community of Lemmy, a group of Friendica; a Service or Application is a bot
        case when doc.{{ quoted('group') }} then 'group' end as author_kind,
        case when doc.fields is not null then {{ urls_in('said') }} end || {{ urls_in('doc.note') }} as websites,
        case when doc.fields is not null then {{ urls_in('verified') }} end as verified_websites,

        -- numerics; Pleroma tells 0 where its flags say that it hides
        case
            when coalesce(doc.pleroma.hide_followers_count, false) or (doc.followers_count = 0 and ({{ is_zero_unknown }})) then null
            else doc.followers_count
        end as followers_count,
        case
            when coalesce(doc.pleroma.hide_follows_count, false) or (doc.following_count = 0 and ({{ is_zero_unknown }})) then null
            else doc.following_count
        end as following_count,
        case when doc.statuses_count > 0 or coalesce(doc.software, '') != 'snac' then doc.statuses_count end as statuses_count,

        -- booleans
        doc.bot as is_bot,
        contains(doc.acct, '@') as is_partial,

        -- dates and timestamps
        doc.created_at as registered_at,
        observed_at,
        observed_date,
        ill_typed
    from told
)

select * from renamed
