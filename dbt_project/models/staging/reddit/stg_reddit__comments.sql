{%- set fields = {
    'author': 'text', 'author_fullname': 'text', 'subreddit': 'text', 'subreddit_id': 'text', 'parent_id': 'text', 'link_id': 'text',
    'permalink': 'text', 'body': 'text', 'body_html': 'text',
    'score': 'score', 'score_hidden': 'boolean', 'controversiality': 'count', 'created_utc': 'epoch', 'edited_utc': 'epoch',
} -%}

with source as (
    {{ observed_rows(source('reddit', 'comments'), fields) }}
),

-- without what the author only quotes
own as (
    select
        *,
        {{ own_html('doc.body_html') }} as own_html
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
        'reddit:' || coalesce(doc.parent_id, doc.link_id) as parent_post_id,
        'reddit:' || doc.link_id as root_post_id,
        'reddit:' || coalesce(doc.subreddit_id, 'r/' || lower(doc.subreddit)) as container_id,

        -- strings; old answers have no permalink
        'https://www.reddit.com' || coalesce(
            doc.permalink, '/r/' || doc.subreddit || '/comments/' || substr(doc.link_id, 4) || '/_/' || substr(native_id, 4) || '/'
        ) as url,
        coalesce({{ html_to_text('own_html') }}, {{ own_markdown('doc.body') }}) as body,
        doc.subreddit,
        'text' as media_type,
        {{ urls_in('own_html') }} as links,

        -- numerics; a hidden score is told as 1
        case when not coalesce(doc.score_hidden, false) then doc.score end as score,
        doc.controversiality,

        -- dates and timestamps
        doc.created_utc as published_at,
        doc.edited_utc as edited_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
