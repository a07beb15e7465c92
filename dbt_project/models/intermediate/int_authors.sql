{{ config(materialized='keyed', key='author_id') }}

{% call keys('touched') %}
    select author_id as key
    from (
        {{ told_anew('authors', 'author_id') }}
    ) as told
    union all
    select key from {{ changes('int_posts') }} as posts
    union all
    select key from {{ changes('int_interactions') }} as interactions
    union all
    select {{ each(list_of('follower_author_id', 'followed_author_id')) }} as key
    from (
        {{ told_anew('follows', 'follower_author_id', columns=['follower_author_id', 'followed_author_id']) }}
    ) as told
{% endcall %}

with described as (
    {{ union_of('authors', wanted=among('author_id')) }}
),

named as (
    select
        author_id,
        first_observed_at as observed_at,
        channel_id
    from {{ ref('int_posts') }}
    where {{ among('author_id') }}
    union all
    select
        actor_author_id,
        observed_at,
        null as channel_id
    from {{ ref('int_interactions') }}
    where {{ among('actor_author_id') }}
    union all
    select
        target_author_id,
        observed_at,
        null as channel_id
    from {{ ref('int_interactions') }}
    where {{ among('target_author_id') }}
    union all
    select *
    from (
        select
            {{ each(list_of('follower_author_id', 'followed_author_id')) }} as author_id,
            observed_at,
            null as channel_id
        from (
            {{ union_of('follows') }}
        ) as follows
    ) as followers
    where {{ among('author_id') }}
),

-- where the platform is on any channel and the account does not say on which, its posts do
spoken as (
    select
        author_id,
        mode() within group (order by channel_id) as channel_id
    from named
    where channel_id is not null
    group by author_id
),

-- authors of whom nothing is known but that they wrote, were answered or follow somebody
undescribed as (
    select
        author_id,
        split_part(author_id, ':', 1) as platform_id,
        min(observed_at) as observed_at,
        0 as load_id
    from named
    where
        author_id is not null and author_id not in (select described.author_id from described)
        and not {{ is_forgotten('author_id') }}
    group by author_id
),

versions as (
    select
        author_id,
        platform_id,
        channel_id,
        handle,
        display_name,
        url,
        bio,
        author_kind,
        is_bot,
        registered_at,
        websites,
        verified_websites,
        observed_at,
        load_id
    from described
    union all
    select
        author_id,
        platform_id,
        null as channel_id,
        null as handle,
        null as display_name,
        null as url,
        null as bio,
        null as author_kind,
        null as is_bot,
        null as registered_at,
        null as websites,
        null as verified_websites,
        observed_at,
        load_id
    from undescribed
)

select
    versions.author_id,
    versions.platform_id,
    coalesce(versions.channel_id, platforms.channel_id, spoken.channel_id) as channel_id,
    {{ plain_name('versions.handle') }} as handle,
    {{ plain_name('versions.display_name') }} as display_name,
    versions.url,
    versions.bio,
    coalesce(versions.author_kind, case when versions.is_bot then 'bot' else 'person' end) as author_kind,
    versions.registered_at,
    versions.websites,
    versions.verified_websites,
    versions.observed_at,
    versions.load_id
from versions
left join {{ ref('platforms') }} as platforms on versions.platform_id = platforms.platform_id
left join spoken on versions.author_id = spoken.author_id
qualify row_number() over (partition by versions.author_id, versions.observed_at order by versions.load_id desc) = 1
