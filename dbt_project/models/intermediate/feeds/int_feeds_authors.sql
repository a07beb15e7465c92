{{ config(materialized='keyed', key='author_id') }}

{#- On so many hosts that are not the feed's own stands what others wrote. -#}
{%- set other_hosts = 3 -%}

with feeds as (
    select
        feed_id,
        title,
        {{ list_of(host_of("substr(feed_id, length('feeds:') + 1)"), host_of('url')) }} as own_hosts
    from {{ ref('stg_feeds__feeds') }}
    qualify row_number() over (partition by feed_id order by load_id desc) = 1
),

entries as (
    select
        entries.container_id,
        entries.author_id,
        feeds.title,
        {{ host_of('entries.url') }} as host,
        feeds.own_hosts
    from {{ ref('stg_feeds__entries') }} as entries
    left join feeds on entries.container_id = feeds.feed_id
),

signed as (
    select
        container_id,
        min(title) as title,
        count(distinct author_id) filter (where author_id != container_id) as signer_count,
        count(distinct host) filter (where author_id = container_id and host != '' and not array_contains(own_hosts, host))
            as other_host_count
    from entries
    group by container_id
),

-- an account that many share is known by its names: signed with two of them, or the feed's own among two signers at least; what nobody
-- signs is the feed's where others sign, a collection where it stands on other people's sites, else its one writer's
told as (
    select
        authors.author_id,
        bool_or(
            authors.name_count > 1
            or (authors.author_id = signed.container_id and signed.signer_count > 1)
            or (lower(trim(authors.display_name)) = lower(trim(signed.title)) and signed.signer_count > 1)
        ) as is_feed,
        bool_or(authors.author_id = signed.container_id and signed.other_host_count >= {{ other_hosts }}) as is_collection
    from {{ ref('stg_feeds__authors') }} as authors
    left join signed on 'feeds:' || authors.observed_from = signed.container_id
    group by authors.author_id
)

select
    authors.*,
    case when told.is_collection then 'collection' when told.is_feed then 'feed' end as author_kind
from {{ ref('stg_feeds__authors') }} as authors
inner join told on authors.author_id = told.author_id
