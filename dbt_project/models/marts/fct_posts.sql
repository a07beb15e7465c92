{{ config(materialized='keyed', key='post_id') }}

{% call keys('touched') %}
    select key from {{ changes('int_posts') }} as posts
    union all
    select key from {{ changes('int_post_links') }} as links
    union all
    select key from {{ changes('stg_signals__posts') }} as signals
{% endcall %}

with posts as (
    select * from {{ ref('int_posts') }}
    where {{ among('post_id') }}
),

answered as (
    select
        post_id,
        min(target_post_id) as parent_post_id
    from {{ ref('int_post_links') }}
    where is_reply
    group by post_id
)

select
    posts.post_id,
    posts.platform_id,
    posts.channel_id,
    posts.author_id,
    posts.container_id,
    coalesce(posts.parent_post_id, answered.parent_post_id) as parent_post_id,
    posts.quoted_post_id,
    {{ held_url('posts.url') }} as url,
    {{ held_url('posts.canonical_url') }} as canonical_url,
    posts.title,
    posts.text,
    coalesce(posts.language, read.language) as language,
    case
        when posts.language is not null then 'platform'
        when read.language is not null then 'text'
    end as language_source,
    posts.media_type,
    read.disclosure_class,
    read.disclosure_placement,
    posts.published_at,
    posts.edited_at,
    posts.first_observed_at,
    posts.last_observed_at,
    posts.is_deleted,
    posts.is_withheld,
    read.extractor_version
from posts
left join answered on posts.post_id = answered.post_id
left join {{ ref('stg_signals__posts') }} as read on posts.post_id = read.post_id
