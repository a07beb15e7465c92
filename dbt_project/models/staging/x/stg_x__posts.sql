{%- set time_in_id = 'to_timestamp(((try_cast({} as bigint) >> 22) + 1288834974657) / 1000)' -%}
{%- set urls = [{'expanded_url': 'text', 'unwound_url': 'text'}] -%}
{%- set fields = {
    'id': 'text', 'author_id': 'text', 'text': 'text', 'lang': 'text', 'conversation_id': 'text', 'in_reply_to_user_id': 'text',
    'referenced_tweets': [{'type': 'text', 'id': 'text'}],
    'attachments': {'media_keys': ['text']},
    'entities': {'urls': urls, 'mentions': [{'id': 'text'}]},
    'note_tweet': {'text': 'text', 'entities': {'urls': urls, 'mentions': [{'id': 'text'}]}},
    'public_metrics': {
        'retweet_count': 'count', 'reply_count': 'count', 'like_count': 'count', 'quote_count': 'count',
        'bookmark_count': 'count', 'impression_count': 'count',
    },
    'created_at': 'timestamp',
} -%}

with source as (
    {{ observed_rows(source('x', 'posts'), fields) }}
),

parts as (
    select
        *,
        coalesce(doc.note_tweet.text, doc.text) as body,
        list_filter(doc.referenced_tweets, lambda reference: reference.type = 'replied_to')[1].id as parent_id,
        list_filter(doc.referenced_tweets, lambda reference: reference.type = 'quoted')[1].id as quoted_id,
        list_filter(doc.referenced_tweets, lambda reference: reference.type = 'retweeted')[1].id as reposted_id,
        list_concat(doc.entities.urls, doc.note_tweet.entities.urls) as urls,
        list_concat(doc.entities.mentions, doc.note_tweet.entities.mentions) as mentions
    from source
),

renamed as (
    select
        load_id,
        source_name,
        native_id,

        -- ids
        'x' as platform_id,
        'x:' || native_id as post_id,
        'x:' || doc.author_id as author_id,
        'x:' || parent_id as parent_post_id,
        'x:' || quoted_id as quoted_post_id,
        'x:' || reposted_id as reposted_post_id,
        'x:' || doc.in_reply_to_user_id as reply_to_author_id,
        'x:' || doc.conversation_id as thread_id,

        -- strings
        'https://x.com/i/status/' || doc.id as url,
        {{ html_to_text('body') }} as body,
        nullif(doc.lang, 'und') as language,
        case split_part(doc.attachments.media_keys[1], '_', 1)
            when '3' then 'image'
            when '7' then 'video'
            when '13' then 'video'
            when '16' then 'video'
            else 'text'
        end as media_type,
        -- X links each image and video to the post that shows it
        coalesce(list_sort(list_distinct(list_filter(
            list_transform(urls, lambda link: coalesce(link.unwound_url, link.expanded_url)),
            lambda link: link is not null
            and not regexp_matches(link, '^https?://(?:www\.)?(?:twitter|x)\.com/[^/]+/status/[0-9]+/(?:photo|video)/')
        ))), []) as links,
        coalesce(list_sort(list_distinct(list_transform(
            list_filter(mentions, lambda mention: mention.id is not null), lambda mention: 'x:' || mention.id
        ))), []) as mentioned_author_ids,

        -- numerics; a repost repeats those of what it passes on
        case when reposted_id is null then doc.public_metrics.retweet_count end as retweet_count,
        case when reposted_id is null then doc.public_metrics.reply_count end as reply_count,
        case when reposted_id is null then doc.public_metrics.like_count end as like_count,
        case when reposted_id is null then doc.public_metrics.quote_count end as quote_count,
        case when reposted_id is null then doc.public_metrics.bookmark_count end as bookmark_count,
        -- X counts impressions since 15 December 2022 and writes 0 for what is older
        case
            when reposted_id is null and (doc.public_metrics.impression_count > 0 or doc.created_at >= timestamptz '2022-12-15 00:00:00+00')
                then doc.public_metrics.impression_count
        end as impression_count,

        -- dates and timestamps; each version of an edited post has an id of its own, and the time is in it
        case when doc.id = native_id then doc.created_at else {{ time_in_id.format('native_id') }} end as published_at,
        case when doc.id != native_id then {{ time_in_id.format('doc.id') }} end as edited_at,
        observed_at,
        observed_date,
        ill_typed
    from parts
)

select * from renamed
