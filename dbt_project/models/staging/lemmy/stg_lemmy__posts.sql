{%- set fields = {
    'instance': 'text', 'language': 'text', 'creator': {'actor_id': 'text'}, 'community': {'actor_id': 'text'},
    'post': {
        'name': 'text', 'url': 'text', 'body': 'text', 'url_content_type': 'text', 'nsfw': 'boolean',
        'deleted': 'boolean', 'removed': 'boolean', 'published': 'timestamp', 'updated': 'timestamp',
    },
    'counts': {'score': 'score', 'upvotes': 'count', 'downvotes': 'count', 'comments': 'count'},
} -%}

with source as (
    {{ observed_rows(source('lemmy', 'posts'), fields) }}
),

-- without what the author only quotes
own as (
    select
        *,
        {{ own_markdown('doc.post.body') }} as own_words
    from source
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'lemmy' as platform_id,
        'lemmy:' || native_id as post_id,
        'lemmy:' || doc.creator.actor_id as author_id,
        'lemmy:' || doc.community.actor_id as container_id,
        doc.instance,

        -- strings; the text is Markdown
        native_id as url,
        doc.post.name as title,
        own_words as body,
        doc.language,
        case
            when starts_with(doc.post.url_content_type, 'image/') then 'image'
            when starts_with(doc.post.url_content_type, 'video/') then 'video'
            when doc.post.url is not null then 'link'
            else 'text'
        end as media_type,
        {{ list_concat(urls_in('own_words'), list_if('doc.post.url is not null', 'doc.post.url')) }} as links,

        -- numerics
        doc.counts.score,
        doc.counts.upvotes,
        doc.counts.downvotes,
        doc.counts.comments,

        -- booleans
        coalesce(doc.post.deleted, false) or coalesce(doc.post.removed, false) as is_gone,

        -- dates and timestamps
        doc.post.published as published_at,
        doc.post.updated as edited_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
