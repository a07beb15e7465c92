-- an episode that names nobody has the persons of its podcast: the connector gives them to it
with said as (
    select
        author_id,
        observed_at,
        {{ each('persons') }} as person
    from {{ ref('stg_podcast_feeds__episodes') }}
    union all
    select
        author_id,
        observed_at,
        {{ each('persons') }} as person
    from {{ ref('stg_podcast_index__episodes') }}
),

hosts as (
    select
        author_id,
        lower(trim(coalesce(person.name, person.href))) as host_name,
        person.href as url,
        observed_at
    from said
    where
        lower(coalesce(person.role, 'host')) = 'host'
        and lower(coalesce(person.{{ quoted('group') }}, 'cast')) = 'cast'
        and coalesce(person.name, person.href) is not null
),

counted as (
    select
        author_id,
        count(distinct host_name) as host_count
    from hosts
    group by author_id
)

select
    hosts.author_id,
    hosts.host_name,
    hosts.url,
    counted.host_count,
    min(hosts.observed_at) as first_observed_at
from hosts
inner join counted on hosts.author_id = counted.author_id
group by all
