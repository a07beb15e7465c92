{%- set fields = {
    'site': 'text', 'pid': 'text', 'user': 'text', 'parent_post': 'text', 'container': 'text', 'is_main': 'boolean', 'content': 'text',
    'upvotes': 'count', 'downvotes': 'count', 'votes': 'score', 'reply_count': 'count', 'deleted': 'boolean',
    'timestamp': 'epoch_ms', 'edited': 'bigint',
    'topic': {'tid': 'text', 'title': 'text', 'tags': ['text'], 'viewcount': 'count', 'postcount': 'count'},
    'category': {'name': 'text'},
} -%}

with source as (
    {{ observed_rows(source('nodebb', 'posts'), fields) }}
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
        'nodebb' as platform_id,
        'nodebb:' || native_id as post_id,
        'nodebb:' || doc.user as author_id,
        'nodebb:' || doc.parent_post as parent_post_id,
        'nodebb:' || doc.container as container_id,
        doc.topic.tid as topic_id,

        -- strings
        case when starts_with(doc.pid, 'http') then doc.pid else doc.site || '/post/' || doc.pid end as url,
        case when doc.is_main then {{ html_to_text('doc.topic.title') }} end as title,
        {{ html_to_text('own_html') }} as body,
        'text' as media_type,
        {{ urls_in('own_html') }} as links,
        {{ list_map(
            "regexp_extract_all(doc.content, '<a\\b[^>]*\\bplugin-mentions[^>]*/uid/([1-9][0-9]*)\"', 1)",
            'uid', "'nodebb:' || regexp_replace(doc.site, '^https?://', '') || ':' || uid"
        ) }} as mentioned_author_ids,
        doc.topic.tags,
        {{ html_to_text('doc.category.name') }} as category_name,

        -- numerics; a topic is as long as its first post and all answers to it, the deleted ones too
        doc.upvotes,
        doc.downvotes,
        doc.votes,
        case when doc.is_main then doc.topic.postcount - 1 else doc.reply_count end as reply_count,
        doc.topic.viewcount as view_count,

        -- booleans
        coalesce(doc.deleted, false) as is_gone,

        -- dates and timestamps; 0 is never edited
        doc.timestamp as published_at,
        case
            when doc.edited between 631152000000 and epoch_ms(observed_at) + 172800000 then {{ moment_of('doc.edited / 1000.0') }}
        end as edited_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
