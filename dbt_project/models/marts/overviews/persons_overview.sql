with accounts as (
    select
        bridge.person_id,
        {{ joined('authors.handle') }} as handles,
        {{ joined('authors.url') }} as urls,
        {{ joined('authors.platform_id') }} as platforms,
        {{ joined('authors.channel_id') }} as channels
    from {{ ref('bridge_persons_authors') }} as bridge
    inner join {{ ref('dim_authors') }} as authors on bridge.author_id = authors.author_id
    where authors.is_current
    group by bridge.person_id
),

shown as (
    select
        bridge.person_id,
        authors.handle,
        authors.platform_id,
        authors.url
    from {{ ref('bridge_persons_authors') }} as bridge
    inner join {{ ref('dim_authors') }} as authors on bridge.author_id = authors.author_id
    where authors.is_current
    qualify
        row_number() over (
            partition by bridge.person_id
            order by authors.url is null, authors.handle is null, bridge.author_id != bridge.person_id, authors.author_id asc
        ) = 1
),

followers as (
    select
        author_id,
        follower_count
    from {{ ref('fct_authors') }}
    where follower_count is not null
    qualify row_number() over (partition by author_id order by observed_date desc) = 1
),

audiences as (
    select
        bridge.person_id,
        sum(followers.follower_count) as audience
    from {{ ref('bridge_persons_authors') }} as bridge
    inner join followers on bridge.author_id = followers.author_id
    group by bridge.person_id
),

peers as (
    select
        bridge.person_id,
        count(distinct edges.audience_person_id) as peer_count
    from {{ ref('fct_influence_edges') }} as edges
    inner join {{ ref('bridge_persons_authors') }} as bridge on edges.author_id = bridge.author_id
    where edges.edge_class in ('interacted', 'follows')
    group by bridge.person_id
),

posted as (
    select
        bridge.person_id,
        count(*) as post_count,
        max(posts.published_at) as last_active_at
    from {{ ref('fct_posts') }} as posts
    inner join {{ ref('bridge_persons_authors') }} as bridge on posts.author_id = bridge.author_id
    where not posts.is_deleted
    group by bridge.person_id
),

spoken as (
    select
        bridge.person_id,
        posts.language,
        count(*) as post_count
    from {{ ref('fct_posts') }} as posts
    inner join {{ ref('bridge_persons_authors') }} as bridge on posts.author_id = bridge.author_id
    where not posts.is_deleted and posts.language is not null
    group by bridge.person_id, posts.language
),

languages as (
    select
        person_id,
        language
    from spoken
    qualify row_number() over (partition by person_id order by post_count desc, language asc) = 1
),

said as (
    select
        person_id,
        {{ joined('brand') }} as brands,
        {{ joined('topic') }} as topics,
        count(*) as mention_count,
        count(*) filter (where stance = 'positive') as positive_mention_count,
        count(*) filter (where stance = 'negative') as negative_mention_count,
        count(*) filter (where stance = 'neutral') as neutral_mention_count,
        count(*) filter (where media_kind = 'paid') as paid_mention_count,
        max(said_at) as last_said_at
    from {{ ref('mentions_enriched') }}
    where person_id is not null
    group by person_id
),

reached as (
    select
        person_id,
        sum(reach) as reach,
        sum({{ wide('coalesce(like_count, 0)') }} + coalesce(comment_count, 0) + coalesce(share_count, 0)) as engagement
    from (
        select distinct
            person_id,
            post_id,
            reach,
            like_count,
            comment_count,
            share_count
        from {{ ref('mentions_enriched') }}
        where person_id is not null
    ) as posts
    group by person_id
),

contacts as (
    select
        person_id,
        max(contacted_on) as last_contacted_on,
        bool_or(has_agreed) as has_agreed
    from (
        select
            coalesce(bridge.person_id, contacts.author_id) as person_id,
            contacts.contacted_on,
            contacts.outcome = 'agreed' as has_agreed
        from {{ ref('stg_home__campaign_contacts') }} as contacts
        left join {{ ref('bridge_persons_authors') }} as bridge on contacts.author_id = bridge.author_id
        union all
        select
            person_id,
            last_contacted_on as contacted_on,
            coalesce(agreed_on, paid_on) is not null as has_agreed
        from {{ ref('int_list_members') }}
        where last_contacted_on is not null
    ) as told
    group by person_id
),

listed as (
    select
        person_id,
        {{ joined('list') }} as lists,
        max_by(status, (changed_on, list, author_id)) as list_status
    from {{ ref('int_list_members') }}
    group by person_id
),

amounts as (
    select
        person_id,
        currency,
        sum(cost) as cost,
        sum(sales) as influenced_conversions,
        sum(net_revenue) as influenced_net_revenue
    from (
        select
            coalesce(bridge.person_id, spend.author_id) as person_id,
            spend.currency,
            spend.amount as cost,
            cast(0 as double) as sales,
            cast(0 as decimal(18, 4)) as net_revenue
        from {{ ref('fct_spend') }} as spend
        left join {{ ref('bridge_persons_authors') }} as bridge on spend.author_id = bridge.author_id
        where spend.author_id is not null
        union all
        select
            person_id,
            currency,
            cast(0 as decimal(18, 4)) as cost,
            credit as sales,
            net_revenue
        from {{ ref('fct_attribution') }}
        where model = 'influence' and person_id is not null
    ) as told
    group by person_id, currency
),

-- one currency a person: the one in which most was paid, else the one that most was sold in
money as (
    select *
    from amounts
    qualify
        row_number() over (
            partition by person_id order by cost desc, influenced_net_revenue desc nulls last, influenced_conversions desc, currency asc
        ) = 1
),

ranked as (
    select
        person_id,
        rank,
        evidence_class,
        impact,
        impact_low,
        impact_high,
        credit
    from {{ ref('stg_rankings__newest') }}
    where scope_kind = 'all'
)

select
    persons.person_id,
    coalesce(persons.display_name, shown.handle, persons.person_id) as person,
    persons.person_kind,
    shown.handle,
    shown.platform_id as platform,
    shown.url,
    accounts.handles,
    accounts.platforms,
    accounts.channels,
    accounts.urls,
    persons.author_count as account_count,
    languages.language,
    {{ as_count('audiences.audience') }} as audience,
    coalesce(peers.peer_count, 0) as peer_count,
    coalesce(posted.post_count, 0) as post_count,
    posted.last_active_at,
    coalesce(said.mention_count, 0) as mention_count,
    coalesce(said.positive_mention_count, 0) as positive_mention_count,
    coalesce(said.negative_mention_count, 0) as negative_mention_count,
    {{ net_sentiment('said') }} as net_sentiment,
    coalesce(said.paid_mention_count, 0) as paid_mention_count,
    said.last_said_at,
    said.brands,
    said.topics,
    {{ as_count('reached.reach') }} as reach,
    {{ as_count('coalesce(reached.engagement, 0)') }} as engagement,
    ranked.rank,
    ranked.evidence_class,
    ranked.impact,
    ranked.impact_low,
    ranked.impact_high,
    ranked.credit,
    money.currency,
    {{ as_amount('money.cost') }} as cost,
    money.influenced_conversions,
    {{ as_amount('money.influenced_net_revenue') }} as influenced_net_revenue,
    contacts.last_contacted_on,
    contacts.person_id is not null as is_contacted,
    coalesce(contacts.has_agreed, false) as has_agreed,
    listed.lists,
    listed.list_status
from {{ ref('dim_persons') }} as persons
inner join accounts on persons.person_id = accounts.person_id
inner join shown on persons.person_id = shown.person_id
left join languages on persons.person_id = languages.person_id
left join audiences on persons.person_id = audiences.person_id
left join peers on persons.person_id = peers.person_id
left join posted on persons.person_id = posted.person_id
left join said on persons.person_id = said.person_id
left join reached on persons.person_id = reached.person_id
left join ranked on persons.person_id = ranked.person_id
left join money on persons.person_id = money.person_id
left join contacts on persons.person_id = contacts.person_id
left join listed on persons.person_id = listed.person_id
