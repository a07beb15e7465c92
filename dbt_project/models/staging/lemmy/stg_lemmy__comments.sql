{%- set fields = {
    'instance': 'text', 'language': 'text', 'parent_ap_id': 'text', 'creator': {'actor_id': 'text'}, 'community': {'actor_id': 'text'},
    'post': {'ap_id': 'text'},
    'comment': {
        'content': 'text', 'deleted': 'boolean', 'removed': 'boolean', 'published': 'timestamp', 'updated': 'timestamp',
    },
    'counts': {'score': 'score', 'upvotes': 'count', 'downvotes': 'count', 'child_count': 'count'},
} -%}

with source as (
    {{ observed_rows(source('lemmy', 'comments'), fields) }}
),

-- without what the author only quotes
own as (
    select
        *,
        {{ own_markdown('doc.comment.content') }} as own_words
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
        'lemmy:' || doc.parent_ap_id as parent_post_id,
        'lemmy:' || doc.post.ap_id as root_post_id,
        'lemmy:' || doc.community.actor_id as container_id,
        doc.instance,

        -- strings; the text is Markdown
        native_id as url,
        own_words as body,
        doc.language,
        'text' as media_type,
        {{ urls_in('own_words') }} as links,

        -- numerics
        doc.counts.score,
        doc.counts.upvotes,
        doc.counts.downvotes,
        doc.counts.child_count,

        -- booleans
        coalesce(doc.comment.deleted, false) or coalesce(doc.comment.removed, false) as is_gone,

        -- dates and timestamps
        doc.comment.published as published_at,
        doc.comment.updated as edited_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
