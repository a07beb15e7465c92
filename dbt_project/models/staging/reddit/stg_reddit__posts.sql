{%- set fields = {
    'is_from_feed': 'boolean', 'author': 'text', 'author_fullname': 'text', 'subreddit': 'text', 'subreddit_id': 'text',
    'crosspost_parent': 'text', 'permalink': 'text', 'url': 'text', 'url_overridden_by_dest': 'text', 'title': 'text',
    'selftext': 'text', 'selftext_html': 'text', 'is_self': 'boolean', 'is_video': 'boolean', 'is_gallery': 'boolean', 'post_hint': 'text',
    'score': 'score', 'num_comments': 'count', 'num_crossposts': 'count', 'upvote_ratio': 'double',
    'removed_by_category': 'text', 'created_utc': 'epoch', 'edited_utc': 'epoch',
} -%}
{%- set is_of_link = 'doc.url is not null and not coalesce(doc.is_self, contains(doc.url, doc.permalink), false)' -%}
{%- set link = "case when starts_with(doc.url, '/') then 'https://www.reddit.com' || doc.url else doc.url end" -%}

with source as (
    {{ observed_rows(source('reddit', 'posts'), fields) }}
),

-- without what the author only quotes
own as (
    select
        *,
        {{ own_html('doc.selftext_html') }} as own_html
    from source
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'reddit' as platform_id,
        'reddit:' || native_id as post_id,
        'reddit:' || coalesce(doc.author_fullname, 'u/' || lower(nullif(doc.author, '[deleted]'))) as author_id,
        'reddit:' || doc.crosspost_parent as quoted_post_id,
        'reddit:' || coalesce(doc.subreddit_id, 'r/' || lower(doc.subreddit)) as container_id,

        -- strings
        'https://www.reddit.com' || doc.permalink as url,
        doc.title,
        coalesce({{ html_to_text('own_html') }}, {{ own_markdown("nullif(doc.selftext, '')") }}) as body,
        doc.subreddit,
        case
            when doc.is_video or doc.post_hint in ('hosted:video', 'rich:video') then 'video'
            when doc.is_gallery or doc.post_hint = 'image' then 'image'
            when not coalesce(doc.is_self, doc.url is null or contains(doc.url, doc.permalink)) then 'link'
            else 'text'
        end as media_type,
        {{ list_concat(urls_in('own_html'), list_if(is_of_link, link)) }} as links,

        -- numerics
        doc.score,
        doc.num_comments,
        doc.num_crossposts,
        doc.upvote_ratio,

        -- booleans
        doc.removed_by_category is not null as is_gone,

        -- dates and timestamps
        doc.created_utc as published_at,
        doc.edited_utc as edited_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
