{{ config(materialized='keyed', key='post_id') }}
-- depends_on: {{ ref('stg_ops__withheld') }}

{% call keys('touched') %}
    select post_id as key from {{ new_rows('stg_mastodon__statuses') }} as new_rows
    union all
    select statuses.post_id as key
    from {{ ref('stg_mastodon__statuses') }} as statuses
    inner join {{ new_rows('stg_mastodon__statuses') }} as answered
        on statuses.instance = answered.instance and statuses.reply_to_status_id = answered.status_id
    union all
    select statuses.post_id as key
    from {{ ref('stg_mastodon__statuses') }} as statuses
    inner join {{ new_rows('stg_mastodon__accounts') }} as answered
        on statuses.instance = answered.instance and statuses.reply_to_account_id = answered.account_id
    union all
    select key from {{ changes('stg_ops__withheld') }} as withheld
{% endcall %}

with statuses as (
    select * from {{ ref('stg_mastodon__statuses') }}
    where reblogged_post_id is null
),

-- without boosts: some servers give a boost the id of what it boosts
local_statuses as (
    select
        instance,
        status_id,
        min(post_id) as post_id
    from statuses
    group by instance, status_id
),

local_accounts as (
    select
        instance,
        account_id,
        min(author_id) as author_id
    from {{ ref('stg_mastodon__accounts') }}
    group by instance, account_id
)

select
    statuses.*,
    parents.post_id as parent_post_id,
    replied_to.author_id as reply_to_author_id
from statuses
left join local_statuses as parents
    on statuses.instance = parents.instance and statuses.reply_to_status_id = parents.status_id
left join local_accounts as replied_to
    on statuses.instance = replied_to.instance and statuses.reply_to_account_id = replied_to.account_id
where {{ among('statuses.post_id') }}
