{%- set total = {'summary': {'total_count': 'count'}} -%}
{%- set fields = {
    'id': 'text', 'parent_id': 'text', 'owner_page': 'text', 'from': {'id': 'text'}, 'tagged_pages': ['text'],
    'message': 'text', 'story': 'text', 'status_type': 'text', 'permalink_url': 'text',
    'message_tags': [{'id': 'text', 'type': 'text'}],
    'attachments': {'data': [{'media_type': 'text', 'title': 'text', 'unshimmed_url': 'text'}]},
    'shares': {'count': 'count'}, 'comments': total, 'reactions': total,
    'like': total, 'love': total, 'wow': total, 'haha': total, 'sad': total, 'angry': total,
    'created_time': 'timestamp', 'updated_time': 'timestamp',
} -%}
{%- set tagged = list_map(list_where('doc.message_tags', 'tag', 'tag.id is not null'), 'tag', 'tag.id') -%}

with source as (
    {{ observed_rows(source('facebook', 'posts'), fields) }}
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'facebook' as platform_id,
        'facebook:' || native_id as post_id,
        'facebook:' || coalesce(doc.from.id, doc.owner_page) as author_id,
        'facebook:' || doc.parent_id as quoted_post_id,
        {{ list_map(list_distinct(list_concat('coalesce(doc.tagged_pages, ' ~ list_of() ~ ')', tagged)), 'id', "'facebook:' || id") }}
            as mentioned_author_ids,

        -- strings
        doc.status_type,
        doc.permalink_url as url,
        {{ first_of('doc.attachments.data') }}.title as title,
        coalesce(doc.message, doc.story) as body,
        case {{ first_of('doc.attachments.data') }}.media_type
            when 'photo' then 'image'
            when 'album' then 'image'
            when 'video' then 'video'
            when 'link' then 'link'
            else 'text'
        end as media_type,
        {{ list_concat(urls_in('doc.message'), list_map(
                list_where('doc.attachments.data', 'one', "one.media_type = 'link' and one.unshimmed_url is not null"),
                'one', 'one.unshimmed_url'
            )) }} as links,

        -- numerics; the kinds of reaction are parts of reactions_count
        doc.reactions.summary.total_count as reactions_count,
        doc.like.summary.total_count as like_count,
        doc.love.summary.total_count as love_count,
        doc.wow.summary.total_count as wow_count,
        doc.haha.summary.total_count as haha_count,
        doc.sad.summary.total_count as sad_count,
        doc.angry.summary.total_count as angry_count,
        doc.comments.summary.total_count as comments_count,
        doc.shares.count as shares_count,

        -- dates and timestamps; updated_time moves with every comment, so that it tells no edit
        doc.created_time as published_at,
        doc.updated_time as active_at,
        observed_at,
        observed_date,
        ill_typed
    from source
)

select * from renamed
