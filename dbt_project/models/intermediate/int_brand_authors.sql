{#- There everybody's page stands on the site of whoever runs the place. -#}
{%- set places_of_others = ['message_boards', 'communities', 'wikis', 'bookmarks'] -%}

with authors as (
    select
        author_id,
        observed_at,
        platform_id,
        channel_id,
        lower(handle) as handle,
        url,
        verified_websites
    from {{ ref('int_authors') }}
),

terms as (
    select
        brand_id,
        kind,
        lower(trim(leading '@' from term)) as term
    from {{ ref('stg_home__brand_terms') }}
    where kind in ('handle', 'domain') and contexts is null
),

listed as (
    select
        authors.author_id,
        authors.observed_at,
        seed.brand_id,
        seed.author_kind,
        'listed' as method
    from {{ ref('stg_home__brand_authors') }} as seed
    inner join authors
        on
            seed.platform_id = authors.platform_id
            and (
                authors.author_id = seed.platform_id || ':' || seed.account
                or authors.handle = lower(trim(leading '@' from seed.account))
            )
),

addresses as (
    select
        author_id,
        observed_at,
        {{ each('verified_websites') }} as url
    from authors
    union all
    select
        author_id,
        observed_at,
        url
    from authors
    where channel_id is null or channel_id not in ({{ "'" ~ places_of_others | join("', '") ~ "'" }})
    union all
    -- the author of a feed is known by its address, that of Bluesky may have a domain as handle
    select
        author_id,
        observed_at,
        case platform_id when 'feeds' then substr(author_id, length('feeds:') + 1) else 'https://' || handle end as url
    from authors
    where platform_id in ('feeds', 'bluesky')
),

domains as (
    select
        author_id,
        observed_at,
        {{ each(domains_of('url')) }} as domain
    from addresses
    where {{ is_web_address('url') }}
),

found as (
    select * from listed
    union all
    select
        domains.author_id,
        domains.observed_at,
        terms.brand_id,
        'brand' as author_kind,
        'domain' as method
    from domains
    inner join terms on terms.kind = 'domain' and domains.domain = terms.term
    union all
    select
        authors.author_id,
        authors.observed_at,
        terms.brand_id,
        'brand' as author_kind,
        'handle' as method
    from authors
    inner join terms on terms.kind = 'handle' and authors.handle = terms.term
)

select
    author_id,
    observed_at,
    case when author_kind in ('brand', 'employee') then brand_id end as brand_id,
    author_kind,
    method
from found
qualify row_number() over (
    partition by author_id, observed_at
    order by case method when 'listed' then 1 when 'domain' then 2 else 3 end, brand_id nulls last, author_kind nulls last
) = 1
