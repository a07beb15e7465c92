{{ config(materialized='keyed', key='person_id') }}

with accounts as (
    select
        bridge.person_id,
        authors.author_id,
        authors.channel_id,
        authors.display_name,
        authors.handle,
        authors.author_kind,
        bridge.author_id = bridge.person_id as is_head
    from {{ ref('bridge_persons_authors') }} as bridge
    inner join {{ ref('dim_authors') }} as authors on bridge.author_id = authors.author_id
    where authors.is_current
)

select
    person_id,
    coalesce(
        max(display_name) filter (where is_head), min(display_name), max(handle) filter (where is_head), min(handle)
    ) as display_name,
    case
        {%- for kind in ['bot', 'brand', 'employee', 'media', 'organisation'] %}
            when bool_or(author_kind = '{{ kind }}') then '{{ kind }}'
        {%- endfor %}
        -- a server or feed that is joined with somebody's account is theirs
        {%- for kind in kinds_of_many() %}
            when bool_and(author_kind in ({{ "'" ~ kinds_of_many() | join("', '") ~ "'" }})) and bool_or(author_kind = '{{ kind }}')
                then '{{ kind }}'
        {%- endfor %}
        else 'person'
    end as person_kind,
    count(*) as author_count,
    count(distinct channel_id) as channel_count
from accounts
group by person_id
