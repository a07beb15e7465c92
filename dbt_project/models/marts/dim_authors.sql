{{ config(materialized='keyed', key='author_id') }}

with versions as (
    select
        authors.*,
        coalesce(own.author_kind, authors.author_kind) as shown_kind,
        own.brand_id
    from {{ ref('int_authors') }} as authors
    left join {{ ref('int_brand_authors') }} as own
        on authors.author_id = own.author_id and authors.observed_at = own.observed_at
),

hashed as (
    select
        *,
        {{ hashed_key(['handle', 'display_name', 'url', 'bio', 'shown_kind', 'brand_id', moment_text('registered_at')]) }} as attributes
    from versions
),

compared as (
    select
        *,
        lag(attributes) over (partition by author_id order by observed_at) as attributes_before
    from hashed
),

changed as (
    select * from compared
    where attributes is distinct from attributes_before
)

select
    author_id,
    observed_at as valid_from,
    lead(observed_at) over (partition by author_id order by observed_at) as valid_to,
    lead(observed_at) over (partition by author_id order by observed_at) is null as is_current,
    platform_id,
    channel_id,
    handle,
    display_name,
    url,
    bio,
    shown_kind as author_kind,
    brand_id,
    registered_at
from changed
