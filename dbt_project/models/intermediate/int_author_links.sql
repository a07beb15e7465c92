with claims as (
    select
        author_id,
        observed_at,
        {{ each('websites') }} as url,
        false as is_verified
    from {{ ref('int_authors') }}
    union all
    select
        author_id,
        observed_at,
        {{ each('verified_websites') }} as url,
        true as is_verified
    from {{ ref('int_authors') }}
),

spelled as (
    select
        *,
        {{ canonical_url('url') }} as canonical_url
    from claims
    where {{ is_web_address('url') }}
),

-- what a profile once said and no longer says is not claimed
newest as (
    select
        author_id,
        max(observed_at) as observed_at
    from {{ ref('int_authors') }}
    group by author_id
),

claimed as (
    select
        spelled.author_id,
        spelled.canonical_url,
        min(spelled.url) as url,
        bool_or(spelled.is_verified) as is_verified,
        min(spelled.observed_at) as first_observed_at
    from spelled
    inner join newest on spelled.author_id = newest.author_id
    group by spelled.author_id, spelled.canonical_url
    having max(spelled.observed_at) = max(newest.observed_at)
    union all
    -- the page of the one host whom a podcast's feed names; of several it is nobody's own
    select
        author_id,
        {{ canonical_url('url') }} as canonical_url,
        url,
        false as is_verified,
        first_observed_at
    from {{ ref('int_podcast_hosts') }}
    where host_count = 1 and {{ is_web_address('url') }}
)

select
    author_id,
    canonical_url,
    min(url) as url,
    bool_or(is_verified) as is_verified,
    min(first_observed_at) as first_observed_at
from claimed
group by author_id, canonical_url
