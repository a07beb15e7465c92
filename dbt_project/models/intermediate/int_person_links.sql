{#- Handles under these domains are given by the platform to anybody: they prove nothing. -#}
{%- set shared_handle_domains = ['bsky.social', 'bsky.team', 'brid.gy', 'threads.net'] -%}

with claims as (
    select
        links.author_id,
        addresses.author_id as other_author_id,
        links.canonical_url,
        links.is_verified,
        links.first_observed_at
    from {{ ref('int_author_links') }} as links
    inner join {{ ref('int_author_addresses') }} as addresses on links.canonical_url = addresses.canonical_url
    where links.author_id != addresses.author_id
),

-- a page that several authors call theirs tells only that they know each other
owners as (
    select
        canonical_url,
        count(distinct author_id) as owner_count
    from {{ ref('int_author_addresses') }}
    group by canonical_url
),

declared as (
    select
        claims.author_id,
        claims.other_author_id,
        case
            when back.author_id is not null then 'two_way_link'
            when claims.is_verified and owners.owner_count = 1 then 'verified_link'
            else 'declared_link'
        end as method,
        claims.canonical_url as evidence,
        greatest(claims.first_observed_at, coalesce(back.first_observed_at, claims.first_observed_at)) as first_observed_at
    from claims
    inner join owners on claims.canonical_url = owners.canonical_url
    left join claims as back on claims.author_id = back.other_author_id and claims.other_author_id = back.author_id
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
    inner join {{ ref('int_author_addresses') }} as addresses
        on addresses.canonical_url = 'https://' || lower(authors.handle)
    inner join owners on addresses.canonical_url = owners.canonical_url and owners.owner_count = 1
    where
        authors.platform_id = 'bluesky'
        and authors.author_id != addresses.author_id
        {%- for domain in shared_handle_domains %}
            and not ends_with(lower(authors.handle), '.{{ domain }}')
        {%- endfor %}
),

found as (
    select * from declared
    union all by name
    select * from domain_handles
),

scored as (
    select
        least(author_id, other_author_id) as author_id,
        greatest(author_id, other_author_id) as other_author_id,
        method,
        evidence,
        first_observed_at,
        case method when 'two_way_link' then 0.99 when 'verified_link' then 0.97 when 'domain_handle' then 0.95 else 0.7 end
            as confidence
    from found
),

best as (
    select * from scored
    qualify row_number() over (
        partition by author_id, other_author_id order by confidence desc, first_observed_at asc, evidence asc
    ) = 1
),

decided as (
    select
        least(author_id, other_author_id) as author_id,
        greatest(author_id, other_author_id) as other_author_id,
        decision,
        cast(decided_on as timestamptz) as decided_at
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
