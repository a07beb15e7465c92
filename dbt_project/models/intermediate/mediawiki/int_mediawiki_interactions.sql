{{ config(materialized='keyed', key="coalesce(post_id, actor_author_id, '')") }}

with revisions as (
    select * from {{ ref('stg_mediawiki__revisions') }}
),

names as (
    select
        wiki,
        handle as user_name,
        author_id
    from {{ ref('stg_mediawiki__users') }}
    union
    select
        wiki,
        user_name,
        author_id
    from revisions
),

users as (
    select
        wiki,
        user_name,
        min(author_id) as author_id
    from names
    group by wiki, user_name
),

linked as (
    select
        post_id,
        author_id,
        wiki,
        published_at,
        observed_at,
        {{ each('mentioned_users') }} as linked_name
    from revisions
),

written as (
    select
        *,
        trim(replace(linked_name, '_', ' ')) as written_name
    from linked
),

mentioned as (
    select
        *,
        -- MediaWiki's user names begin with a capital however they are linked
        upper(left(written_name, 1)) || substr(written_name, 2) as user_name
    from written
)

select
    'mention' as kind,
    mentioned.author_id as actor_author_id,
    mentioned.post_id,
    users.author_id as target_author_id,
    coalesce(users.author_id, mentioned.user_name) as target,
    min(mentioned.published_at) as occurred_at,
    min(mentioned.observed_at) as observed_at
from mentioned
left join users on mentioned.wiki = users.wiki and mentioned.user_name = users.user_name
-- a signature is a link to oneself
where users.author_id is distinct from mentioned.author_id
group by all
