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
{#- All but the last 22 bits of an id are the milliseconds since X began. -#}
{%- set milliseconds = '((try_cast(? as bigint) - try_cast(? as bigint) % 4194304) / 4194304 + 1288834974657)' -%}
{%- set is_elsewhere -%}
    link is not null
    and regexp_extract(link, '^https?://(?:www[.])?(?:twitter|x)[.]com/[^/]+/status/[0-9]+/(?:photo|video)/', 0) = ''
{%- endset -%}

with source as (
    {{ observed_rows(source('x', 'posts'), fields) }}
),

parts as (
    select
        *,
        coalesce(doc.note_tweet.text, doc.text) as body,
        {{ first_of(list_where('doc.referenced_tweets', 'reference', "reference.type = 'replied_to'")) }}.id as parent_id,
        {{ first_of(list_where('doc.referenced_tweets', 'reference', "reference.type = 'quoted'")) }}.id as quoted_id,
        {{ first_of(list_where('doc.referenced_tweets', 'reference', "reference.type = 'retweeted'")) }}.id as reposted_id,
        {{ list_concat(
            list_map('doc.entities.urls', 'link', 'coalesce(link.unwound_url, link.expanded_url)'),
            list_map('doc.note_tweet.entities.urls', 'link', 'coalesce(link.unwound_url, link.expanded_url)')
        ) }} as urls,
        {{ list_concat(
            list_map('doc.entities.mentions', 'mention', 'mention.id'), list_map('doc.note_tweet.entities.mentions', 'mention', 'mention.id')
        ) }} as mentioned_ids
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
        case split_part({{ first_of('doc.attachments.media_keys') }}, '_', 1)
            when '3' then 'image'
            when '7' then 'video'
            when '13' then 'video'
            when '16' then 'video'
            else 'text'
        end as media_type,
        -- X links each image and video to the post that shows it
        coalesce({{ list_sort(list_distinct(list_where('urls', 'link', is_elsewhere))) }}, {{ list_of() }}) as links,
        coalesce(
            {{ list_sort(list_distinct(list_map(list_where('mentioned_ids', 'id', 'id is not null'), 'id', "'x:' || id"))) }},
            {{ list_of() }}
        ) as mentioned_author_ids,

        -- numerics; a repost repeats those of what it passes on
        case when reposted_id is null then doc.public_metrics.retweet_count end as retweet_count,
        case when reposted_id is null then doc.public_metrics.reply_count end as reply_count,
        case when reposted_id is null then doc.public_metrics.like_count end as like_count,
        case when reposted_id is null then doc.public_metrics.quote_count end as quote_count,
        case when reposted_id is null then doc.public_metrics.bookmark_count end as bookmark_count,
        -- X counts impressions since 15 December 2022 and writes 0 for what is older
        case
            when
                reposted_id is null
                and (doc.public_metrics.impression_count > 0 or doc.created_at >= {{ timestamptz() }} '2022-12-15 00:00:00+00')
                then doc.public_metrics.impression_count
        end as impression_count,

        -- dates and timestamps; each version of an edited post has an id of its own, and the time is in it
        case
            when doc.id = native_id then doc.created_at
            else {{ moment_of(milliseconds | replace('?', 'native_id') ~ ' / 1000') }}
        end as published_at,
        case when doc.id != native_id then {{ moment_of(milliseconds | replace('?', 'doc.id') ~ ' / 1000') }} end as edited_at,
        observed_at,
        observed_date,
        ill_typed
    from parts
)

select * from renamed
