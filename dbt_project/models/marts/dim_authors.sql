with versions as (
    select * from {{ ref('int_authors') }}
),

compared as (
    select
        *,
        {{ hashed_key(['handle', 'display_name', 'url', 'bio', 'author_kind', 'registered_at']) }} as attributes,
        lag(attributes) over (partition by author_id order by observed_at) as attributes_before
    from versions
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
    author_kind,
    registered_at
from changed
