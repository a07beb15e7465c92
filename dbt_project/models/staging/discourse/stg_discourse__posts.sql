{%- set fields = {
    'id': 'bigint', 'instance': 'text', 'base_url': 'text', 'user_id': 'text', 'topic_id': 'bigint', 'topic_slug': 'text',
    'post_number': 'bigint', 'cooked': 'text', 'locale': 'text', 'opening_post_id': 'bigint', 'reply_to_post_id': 'bigint',
    'quoted_post_id': 'bigint', 'mentioned_user_ids': ['text'], 'actions_summary': [{'id': 'bigint', 'count': 'count'}],
    'reads': 'count', 'reply_count': 'count', 'quote_count': 'count', 'incoming_link_count': 'count', 'version': 'bigint',
    'hidden': 'boolean', 'user_deleted': 'boolean', 'deleted_at': 'text', 'created_at': 'timestamp', 'updated_at': 'timestamp',
    'topic': {
        'title': 'text', 'slug': 'text', 'category_id': 'bigint', 'category_name': 'text', 'featured_link': 'text',
        'views': 'count', 'posts_count': 'count',
    },
} -%}
{%- set likes = list_map(list_where('doc.actions_summary', 'action', "action.id = '2'"), 'action', 'try_cast(action.count as bigint)') -%}

with source as (
    {{ observed_rows(source('discourse', 'posts'), fields) }}
),

-- without what the author only quotes
own as (
    select
        *,
        {{ own_html('doc.cooked') }} as own_html
    from source
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'discourse' as platform_id,
        'discourse:' || native_id as post_id,
        'discourse:' || doc.instance || ':u/' || doc.user_id as author_id,
        'discourse:' || doc.instance || ':' || coalesce(doc.reply_to_post_id, doc.opening_post_id) as parent_post_id,
        'discourse:' || doc.instance || ':' || doc.opening_post_id as root_post_id,
        'discourse:' || doc.instance || ':' || doc.quoted_post_id as quoted_post_id,
        'discourse:' || doc.instance || ':c/' || doc.topic.category_id as container_id,
        {{ list_map('doc.mentioned_user_ids', 'user_id', "'discourse:' || doc.instance || ':u/' || user_id") }} as mentioned_author_ids,
        doc.instance,

        -- strings
        doc.base_url || '/t/' || coalesce(nullif(coalesce(doc.topic.slug, doc.topic_slug), '') || '/', '') || doc.topic_id
        || case when doc.post_number > 1 then '/' || doc.post_number else '' end as url,
        case when doc.post_number = 1 then doc.topic.title end as title,
        nullif({{ replaced(html_to_text('own_html'), "'\\n{3,}'", 'chr(10) || chr(10)') }}, '') as body,
        doc.locale as language,
        doc.topic.category_name as category,
        case when doc.post_number = 1 and doc.topic.featured_link is not null then 'link' else 'text' end as media_type,
        {{ list_concat(
            urls_in('own_html'), list_if('doc.post_number = 1 and doc.topic.featured_link is not null', 'doc.topic.featured_link')
        ) }} as links,

        -- numerics; action 2 is a like, left out where there is none; of a topic the first post tells
        case
            when doc.actions_summary is not null
                then cast(coalesce({{ sum_of_list(likes) }}, 0) as bigint)
        end as like_count,
        doc.reads,
        case when doc.post_number = 1 then coalesce(doc.topic.posts_count - 1, doc.reply_count) else doc.reply_count end as comment_count,
        doc.quote_count,
        doc.incoming_link_count,
        doc.topic.views,

        -- booleans
        coalesce(doc.hidden, false) or coalesce(doc.user_deleted, false) or doc.deleted_at is not null as is_gone,

        -- dates and timestamps
        doc.created_at as published_at,
        case when doc.version > 1 then doc.updated_at end as edited_at,
        observed_at,
        observed_date,
        ill_typed
    from own
)

select * from renamed
