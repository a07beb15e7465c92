{{ config(materialized='keyed', key='author_id', tells=['author_id', 'person_id']) }}

{%- set joined -%}
    select
        author_id,
        other_author_id,
        method,
        confidence,
        decided_at
    from {{ ref('int_person_links') }}
    where decision = 'joined'
    union all
    select
        other_author_id,
        author_id,
        method,
        confidence,
        decided_at
    from {{ ref('int_person_links') }}
    where decision = 'joined'
{%- endset -%}

with recursive authors as (
    select
        author_id,
        min(observed_at) as first_observed_at
    from {{ ref('int_authors') }}
    group by author_id
),

joined as (
    {{ joined }}
),

reached as (
    {{ reached_by('joined', joined) }}
),

-- the account that was seen first names the person, so that a later one changes nobody's id
heads as (
    select
        reached.author_id,
        reached.member_id as head_id
    from reached
    inner join authors on reached.member_id = authors.author_id
    qualify row_number() over (
        partition by reached.author_id order by authors.first_observed_at, reached.member_id
    ) = 1
),

strongest as (
    select * from joined
    qualify row_number() over (partition by author_id order by confidence desc, decided_at asc, other_author_id asc) = 1
)

select
    coalesce(heads.head_id, authors.author_id) as person_id,
    authors.author_id,
    coalesce(strongest.method, 'own_account') as method,
    cast(coalesce(strongest.confidence, 1.0) as double) as confidence,
    coalesce(strongest.decided_at, authors.first_observed_at) as valid_from
from authors
left join heads on authors.author_id = heads.author_id
left join strongest on authors.author_id = strongest.author_id
