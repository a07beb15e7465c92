{%- set fields = {
    'id': 'text', 'username': 'text', 'text': 'text', 'permalink': 'text', 'media_type': 'text', 'link_attachment_url': 'text',
    'replied_to': {'id': 'text'}, 'root_post': {'id': 'text'}, 'quoted_post': {'id': 'text'}, 'reposted_post': {'id': 'text'},
    'is_reply': 'boolean', 'is_quote_post': 'boolean',
    'insights': {
        'views': 'count', 'likes': 'count', 'replies': 'count', 'reposts': 'count', 'quotes': 'count', 'shares': 'count',
    },
    'timestamp': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('threads', 'posts'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids; accounts are known by username alone, so that a mention in the text is one of an account
        'threads' as platform_id,
        'threads:' || native_id as post_id,
        'threads:' || doc.username as author_id,
        'threads:' || coalesce(doc.replied_to.id, doc.root_post.id) as parent_post_id,
        'threads:' || doc.quoted_post.id as quoted_post_id,
        'threads:' || doc.reposted_post.id as reposted_post_id,
        {{ list_map(
            list_distinct("regexp_extract_all(doc.text, '(?:^|[^\\w@./])@([A-Za-z0-9._]*[A-Za-z0-9_])', 1)"),
            'name', "'threads:' || lower(name)"
        ) }} as mentioned_author_ids,

        -- strings
        doc.permalink as url,
        doc.text as body,
        case
            when doc.media_type = 'VIDEO' then 'video'
            when doc.media_type = 'AUDIO' then 'audio'
            when doc.media_type in ('IMAGE', 'CAROUSEL_ALBUM') then 'image'
            when doc.link_attachment_url is not null then 'link'
            else 'text'
        end as media_type,
        {{ list_concat(urls_in('doc.text'), list_if('doc.link_attachment_url is not null', 'doc.link_attachment_url')) }} as links,

        -- numerics
        doc.insights.views,
        doc.insights.likes,
        doc.insights.replies,
        doc.insights.reposts,
        doc.insights.quotes,
        doc.insights.shares,

        -- booleans
        doc.is_reply,
        doc.is_quote_post,

        -- dates and timestamps
        doc.timestamp as published_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
