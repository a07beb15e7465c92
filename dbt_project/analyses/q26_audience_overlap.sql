-- How far the audiences of two people overlap. Audience here: those who are seen to follow or talk with them, one by one; far fewer
-- than their followers, where a platform tells these as a number alone.
with asked as (
    select
        cast(null as varchar) as person,  -- a person's id; the first over all by default
        cast(null as varchar) as other  -- another's; each of the first twenty by default
),

leaders as (
    select
        person_id,
        rank
    from marts.rankings_newest
    where scope_kind = 'all'
),

chosen as (
    select
        coalesce(asked.person, leaders.person_id) as person_id,
        asked.other
    from asked
    left join leaders on leaders.rank = 1
),

others as (
    select chosen.other as person_id
    from chosen
    where chosen.other is not null
    union
    select leaders.person_id
    from leaders
    cross join chosen
    where chosen.other is null and leaders.rank <= 20
),

audiences as (
    select distinct
        bridge.person_id,
        edges.audience_person_id
    from marts.fct_influence_edges as edges
    inner join marts.bridge_persons_authors as bridge on edges.author_id = bridge.author_id
    where
        edges.edge_class in ('interacted', 'follows')
        and (
            bridge.person_id in (select others.person_id from others)
            or bridge.person_id in (select chosen.person_id from chosen)
        )
),

sizes as (
    select
        person_id,
        count(*) as audience
    from audiences
    group by person_id
),

shared as (
    select
        mine.person_id,
        theirs.person_id as other_person_id,
        count(*) as shared
    from audiences as mine
    inner join chosen on mine.person_id = chosen.person_id
    inner join audiences as theirs on mine.audience_person_id = theirs.audience_person_id and mine.person_id != theirs.person_id
    group by mine.person_id, theirs.person_id
)

select
    own.display_name as person,
    other.display_name as other_person,
    mine.audience as known_audience,
    theirs.audience as other_known_audience,
    coalesce(shared.shared, 0) as shared,
    cast(coalesce(shared.shared, 0) as double precision) / (mine.audience + theirs.audience - coalesce(shared.shared, 0)) as overlap,
    mine.audience + theirs.audience - coalesce(shared.shared, 0) as together,
    mine.person_id,
    theirs.person_id as other_person_id
from chosen
inner join sizes as mine on chosen.person_id = mine.person_id
inner join sizes as theirs on mine.person_id != theirs.person_id and theirs.person_id in (select others.person_id from others)
left join shared on mine.person_id = shared.person_id and theirs.person_id = shared.other_person_id
left join marts.dim_persons as own on mine.person_id = own.person_id
left join marts.dim_persons as other on theirs.person_id = other.person_id
order by overlap desc, theirs.person_id asc
