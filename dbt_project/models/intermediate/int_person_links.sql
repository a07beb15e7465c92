{#- Handles under these domains are given by the platform to anybody: they prove nothing. -#}
{%- set shared_handle_domains = ['bsky.social', 'bsky.team', 'brid.gy', 'threads.net'] -%}

{#- Whose ids begin so is a blog or a podcast: whose it is has to be shown by both sides. -#}
{%- set feeds = '^(feeds|podcast_feeds|podcast_index|itunes):' -%}

with addresses as (
    select
        *,
        regexp_matches(author_id, '{{ feeds }}') as is_of_feed
    from {{ ref('int_author_addresses') }}
),

-- a page that several authors call theirs tells only that they know each other; only those count who can show that it is
owners as (
    select
        canonical_url,
        count(distinct author_id) as owner_count
    from addresses
    where is_proven
    group by canonical_url
),

claims as (
    select
        links.author_id,
        addresses.author_id as other_author_id,
        links.canonical_url,
        links.is_verified and owners.owner_count = 1 and addresses.is_proven as is_verified,
        addresses.is_proven,
        links.first_observed_at
    from {{ ref('int_author_links') }} as links
    inner join addresses on links.canonical_url = addresses.canonical_url
    left join owners on links.canonical_url = owners.canonical_url
    where links.author_id != addresses.author_id
    union all
    -- a feed that names a site which its platform saw to be an account's names that account
    select
        addresses.author_id,
        links.author_id as other_author_id,
        links.canonical_url,
        false as is_verified,
        true as is_proven,
        links.first_observed_at
    from addresses
    inner join {{ ref('int_author_links') }} as links on addresses.canonical_url = links.canonical_url and links.is_verified
    where addresses.is_of_feed and not addresses.is_proven and links.author_id != addresses.author_id
),

-- what is linked has to be the other's for sure: a feed may call anybody's site its own, and anybody's link to that would come back
proven as (
    select
        author_id,
        other_author_id,
        min(first_observed_at) as first_observed_at
    from claims
    where is_proven
    group by author_id, other_author_id
),

declared as (
    select
        claims.author_id,
        claims.other_author_id,
        case
            when claims.is_proven and back.author_id is not null then 'two_way_link'
            when claims.is_verified then 'verified_link'
            else 'declared_link'
        end as method,
        claims.canonical_url as evidence,
        greatest(claims.first_observed_at, coalesce(back.first_observed_at, claims.first_observed_at)) as first_observed_at
    from claims
    left join proven as back on claims.author_id = back.other_author_id and claims.other_author_id = back.author_id
),

-- whoever has a domain as handle has shown to control it
domain_handles as (
    select
        authors.author_id,
        addresses.author_id as other_author_id,
        'domain_handle' as method,
        addresses.canonical_url as evidence,
        authors.observed_at as first_observed_at
    from {{ ref('int_authors') }} as authors
    inner join addresses on addresses.canonical_url = 'https://' || lower(authors.handle) and addresses.is_proven
    inner join owners on addresses.canonical_url = owners.canonical_url and owners.owner_count = 1
    where
        authors.platform_id = 'bluesky'
        and authors.author_id != addresses.author_id
        {%- for domain in shared_handle_domains %}
            and not ends_with(lower(authors.handle), '.{{ domain }}')
        {%- endfor %}
),

-- a directory lists the feed that is read here: one podcast, told twice
same_feeds as (
    select
        one.author_id,
        other.author_id as other_author_id,
        'same_feed' as method,
        one.canonical_url as evidence,
        other_authors.observed_at as first_observed_at
    from addresses as one
    inner join addresses as other on one.canonical_url = other.canonical_url
    inner join {{ ref('int_authors') }} as other_authors on other.author_id = other_authors.author_id
    where
        starts_with(one.author_id, 'podcast_feeds:')
        and split_part(other.author_id, ':', 1) in ('podcast_index', 'itunes')
        and one.is_feed
        and other.is_feed
),

found as (
    select * from declared
    union all
    select * from domain_handles
    union all
    select * from same_feeds
),

scored as (
    select
        least(author_id, other_author_id) as author_id,
        greatest(author_id, other_author_id) as other_author_id,
        method,
        evidence,
        first_observed_at,
        case method
            when 'two_way_link' then 0.99
            when 'same_feed' then 0.98
            when 'verified_link' then 0.97
            when 'domain_handle' then 0.95
            else 0.7
        end as confidence
    from found
),

strongest as (
    select * from scored
    qualify row_number() over (
        partition by author_id, other_author_id order by confidence desc, first_observed_at asc, evidence asc
    ) = 1
),

-- a show of several people, or one that two accounts of a platform share, is none of theirs: it would make one person of them all
shows as (
    select
        author_id as feed_author_id,
        other_author_id as account_id
    from strongest
    where confidence >= 0.9 and method != 'same_feed'
    union all
    select
        other_author_id as feed_author_id,
        author_id as account_id
    from strongest
    where confidence >= 0.9 and method != 'same_feed'
),

shared as (
    select feed_author_id
    from shows
    where regexp_matches(feed_author_id, '{{ feeds }}')
    group by feed_author_id, split_part(account_id, ':', 1)
    having count(*) > 1
    union
    select author_id from {{ ref('int_podcast_hosts') }}
    where host_count > 1
),

shared_shows as (
    select feed_author_id from shared
    union
    select same_feeds.other_author_id from same_feeds
    inner join shared on same_feeds.author_id = shared.feed_author_id
),

best as (
    select
        strongest.author_id,
        strongest.other_author_id,
        strongest.method,
        strongest.evidence,
        strongest.first_observed_at,
        case
            when strongest.method = 'same_feed' or (one.feed_author_id is null and other.feed_author_id is null) then strongest.confidence
            else least(strongest.confidence, 0.7)
        end as confidence
    from strongest
    left join shared_shows as one on strongest.author_id = one.feed_author_id
    left join shared_shows as other on strongest.other_author_id = other.feed_author_id
),

decided as (
    select
        least(author_id, other_author_id) as author_id,
        greatest(author_id, other_author_id) as other_author_id,
        decision,
        cast(decided_on as {{ timestamptz() }}) as decided_at
    from {{ ref('stg_home__person_decisions') }}
    qualify row_number() over (
        partition by least(author_id, other_author_id), greatest(author_id, other_author_id) order by decided_on desc
    ) = 1
)

select
    coalesce(best.author_id, decided.author_id) as author_id,
    coalesce(best.other_author_id, decided.other_author_id) as other_author_id,
    case when decided.decision is null then best.method else 'manual' end as method,
    cast(case decided.decision when 'same' then 1.0 when 'different' then 0.0 else best.confidence end as double) as confidence,
    case
        when decided.decision = 'different' then 'apart'
        when decided.decision = 'same' or best.confidence >= 0.9 then 'joined'
        else 'review'
    end as decision,
    best.evidence,
    coalesce(decided.decided_at, best.first_observed_at) as decided_at
from best
full outer join decided on best.author_id = decided.author_id and best.other_author_id = decided.other_author_id
