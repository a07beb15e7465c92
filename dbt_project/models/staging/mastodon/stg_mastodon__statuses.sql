{%- set fields = {
    'id': 'text', 'uri': 'text', 'url': 'text', 'instance': 'text',
    'account': {'uri': 'text'},
    'in_reply_to_id': 'text', 'in_reply_to_account_id': 'text',
    'reblog': {'uri': 'text', 'account': {'uri': 'text'}},
    'quote': {'state': 'text', 'quoted_status': {'uri': 'text'}},
    'spoiler_text': 'text', 'content': 'text', 'language': 'text', 'visibility': 'text',
    'card': {'url': 'text'},
    'media_attachments': [{'type': 'text'}],
    'mentions': [{'id': 'text', 'url': 'text'}],
    'favourites_count': 'count', 'reblogs_count': 'count', 'replies_count': 'count', 'quotes_count': 'count',
    'created_at': 'timestamp', 'edited_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('mastodon', 'statuses'), fields) }}
),

-- without what the author only quotes
own as (
    select
        *,
        {{ own_html('doc.content') }} as own_html
    from source
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'mastodon' as platform_id,
        'mastodon:' || native_id as post_id,
        'mastodon:' || doc.account.uri as author_id,
        'mastodon:' || doc.reblog.uri as reblogged_post_id,
        'mastodon:' || doc.reblog.account.uri as reblogged_author_id,
        case when doc.quote.state = 'accepted' then 'mastodon:' || doc.quote.quoted_status.uri end as quoted_post_id,
        doc.instance,
        doc.id as status_id,
        doc.in_reply_to_id as reply_to_status_id,
        doc.in_reply_to_account_id as reply_to_account_id,

        -- strings
        doc.url,
        nullif(doc.spoiler_text, '') as title,
        {{ html_to_text('own_html') }} as body,
        doc.language,
        doc.visibility,
        case coalesce({{ first_of('doc.media_attachments') }}.type, 'unknown')
            when 'unknown' then 'text'
            when 'gifv' then 'video'
            else {{ first_of('doc.media_attachments') }}.type
        end as media_type,
        {{ list_concat(urls_in('own_html'), list_if('doc.card.url is not null', 'doc.card.url')) }} as links,
        doc.mentions as mentioned_accounts,

        -- numerics; a boost repeats those of what it boosts
        case when doc.reblog.uri is null then doc.favourites_count end as favourites_count,
        case when doc.reblog.uri is null then doc.reblogs_count end as reblogs_count,
        case when doc.reblog.uri is null then doc.replies_count end as replies_count,
        case when doc.reblog.uri is null then doc.quotes_count end as quotes_count,

        -- dates and timestamps
        doc.created_at as published_at,
        doc.edited_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
