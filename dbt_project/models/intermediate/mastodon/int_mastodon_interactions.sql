{{ config(materialized='keyed', key="coalesce(post_id, actor_author_id, '')") }}

with statuses as (
    select * from {{ ref('int_mastodon_statuses') }}
),

boosts as (
    select
        author_id as actor_author_id,
        reblogged_post_id as target_post_id,
        reblogged_author_id as target_author_id,
        published_at as occurred_at,
        observed_at,
        source_name
    from {{ ref('stg_mastodon__statuses') }} as boost
    where
        reblogged_post_id is not null
        and not exists (
            select 1 from {{ ref('stg_ops__tombstones') }} as gone
            where
                gone.platform_id = 'mastodon' and gone.entity = 'statuses'
                and gone.native_id = boost.native_id and gone.seen_at >= boost.observed_at
        )
    union all
    select
        author_id as actor_author_id,
        reblogged_post_id as target_post_id,
        null as target_author_id,
        null as occurred_at,
        observed_at,
        source_name
    from {{ ref('stg_mastodon__reblogs') }}
),

reposts as (
    select
        'repost' as kind,
        actor_author_id,
        target_post_id,
        min(target_author_id) as target_author_id,
        min(occurred_at) as occurred_at,
        min(observed_at) as observed_at,
        min(source_name) as source_name
    from boosts
    group by actor_author_id, target_post_id
),

-- a status mentions by the account's id on the asked server; a page's address also names accounts met elsewhere
local_accounts as (
    select
        instance,
        account_id,
        min(author_id) as author_id
    from {{ ref('stg_mastodon__accounts') }}
    group by instance, account_id
),

account_pages as (
    select
        url,
        min(author_id) as author_id
    from {{ ref('stg_mastodon__accounts') }}
    group by url
),

addressed as (
    select
        post_id,
        author_id,
        instance,
        reply_to_account_id,
        published_at,
        observed_at,
        {{ each('mentioned_accounts') }} as account
    from statuses
),

-- whoever answers a status mentions its author: that is the reply itself
mentioned as (
    select
        * {{ exclude() }} (account),
        account.id as account_id,
        account.url as account_url
    from addressed
    where account.id is distinct from reply_to_account_id
),

mentions as (
    select
        'mention' as kind,
        mentioned.author_id as actor_author_id,
        mentioned.post_id,
        coalesce(same_server.author_id, same_url.author_id) as target_author_id,
        coalesce(same_server.author_id, same_url.author_id, mentioned.account_url) as target,
        min(mentioned.published_at) as occurred_at,
        min(mentioned.observed_at) as observed_at
    from mentioned
    left join local_accounts as same_server
        on mentioned.instance = same_server.instance and mentioned.account_id = same_server.account_id
    left join account_pages as same_url
        on mentioned.account_url = same_url.url
    group by all
),

replies_to_unseen as (
    select
        'reply' as kind,
        author_id as actor_author_id,
        post_id,
        reply_to_author_id as target_author_id,
        min(published_at) as occurred_at,
        min(observed_at) as observed_at
    from statuses
    where parent_post_id is null and reply_to_status_id is not null
    group by all
)

select
    kind,
    actor_author_id,
    target_post_id,
    target_author_id,
    occurred_at,
    observed_at,
    source_name,
    null as post_id,
    null as target
from reposts
union all
select
    kind,
    actor_author_id,
    null as target_post_id,
    target_author_id,
    occurred_at,
    observed_at,
    null as source_name,
    post_id,
    target
from mentions
union all
select
    kind,
    actor_author_id,
    null as target_post_id,
    target_author_id,
    occurred_at,
    observed_at,
    null as source_name,
    post_id,
    null as target
from replies_to_unseen
