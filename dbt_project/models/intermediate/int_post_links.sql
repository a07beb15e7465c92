{{ config(materialized='keyed', key='post_id') }}

{% call keys('told') %}
    select key from {{ changes('int_posts') }} as posts
    union all
    select key from {{ changes('int_post_sightings') }} as sightings
{% endcall %}

-- and who links to what they are, or were, the first at the address of
{% call keys('touched') %}
    select key from {{ keys_of('told') }} as told
    union all
    select post_id as key from {{ this }} where target_post_id in {{ keys_of('told') }}
    union all
    select post_id as key
    from {{ this }}
    where canonical_url in (
        select canonical_url from {{ ref('int_posts') }} where post_id in {{ keys_of('told') }}
        union all
        select {{ canonical_url('url') }} from {{ ref('int_post_sightings') }} where post_id in {{ keys_of('told') }}
    )
{% endcall %}

with posts as (
    select * from {{ ref('int_posts') }}
),

telling as (
    select * from posts
    where {{ among('post_id') }}
),

links as (
    select post_id, false as is_reply, {{ each('links') }} as url from telling
    union all
    select post_id, true as is_reply, {{ each('replied_to') }} as url from telling
),

-- filtered by url: a filter on canonical_url computes it several times over (17 s instead of 4 s for a million links)
spelled as (
    select
        *,
        {{ canonical_url('url') }} as canonical_url
    from links
    where {{ is_web_address('url') }}
),

canonical as (
    select
        post_id,
        canonical_url,
        min(url) as url,
        bool_or(is_reply) as is_reply
    from spelled
    group by post_id, canonical_url
),

-- where several posts stand under one address, it means the one that was there first
addresses as (
    select
        canonical_url,
        post_id
    from (
        select
            canonical_url,
            post_id,
            published_at
        from posts
        union all
        select
            {{ canonical_url('sightings.url') }} as canonical_url,
            posts.post_id,
            posts.published_at
        from {{ ref('int_post_sightings') }} as sightings
        inner join posts on sightings.post_id = posts.post_id
        where sightings.proof != 'itself'
    )
    where canonical_url in (select canonical.canonical_url from canonical)
    qualify row_number() over (partition by canonical_url order by published_at nulls last, post_id) = 1
)

select
    canonical.post_id,
    canonical.canonical_url,
    canonical.url,
    canonical.is_reply,
    nullif(addresses.post_id, canonical.post_id) as target_post_id
from canonical
left join addresses on canonical.canonical_url = addresses.canonical_url
