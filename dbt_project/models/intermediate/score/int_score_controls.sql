-- What comes after cannot have moved anybody: who speaks of an object for the first time after a peer adopted it shows what being alike and
-- common occasions bring alone. First events on both sides, for owners go on talking. Either side of a first mention is looked at as
-- far as both were seen, and by the edges of the earlier moment: edges grow, and those of the mention would favour what follows it.
{%- set lag = days_from('first_said.said_at', 'adoptions.adopted_at') %}
{%- set earlier = days_after('first_said.said_at', '-abs(' ~ lag ~ ')') %}
with night as (
    select
        night.ends_at,
        greatest(night.begins_at, (select min(said.said_at) from {{ ref('int_score_said') }} as said)) as begins_at
    from {{ ref('int_score_night') }} as night
),

numbered as (
    select
        adoption_id,
        object_id,
        person_id,
        adopted_at,
        cast(floor(week / 4) as integer) as period,
        row_number() over (partition by object_id, cast(floor(week / 4) as integer) order by adopted_at, adoption_id) as place,
        row_number() over (partition by object_id, cast(floor(week / 4) as integer) order by md5(adoption_id), adoption_id) as drawn_place
    from {{ ref('int_score_adoptions') }}
),

objects as (
    select
        'brand:' || brand_id as object_id,
        'brand' as object_kind,
        category
    from {{ ref('dim_brands') }}
    union all
    select
        'product:' || product_id as object_id,
        'product' as object_kind,
        category
    from {{ ref('dim_products') }}
),

others as (
    select
        object_id,
        coalesce(lead(object_id) over of_category, first_value(object_id) over of_category) as other_id
    from objects
    window of_category as (partition by object_kind, category order by object_id)
),

-- Two more that cannot be persuasion show whether the reversal itself leans: the same adoptions at each other's times, within four weeks of
-- an object, and as if they had been of another object of the category, which the adopter never took.
adoptions as (
    select
        'reversed time' as control,
        adoption_id,
        object_id,
        person_id,
        adopted_at
    from numbered
    union all
    select
        'shuffled times' as control,
        numbered.adoption_id,
        numbered.object_id,
        numbered.person_id,
        drawn.adopted_at
    from numbered
    inner join numbered as drawn
        on numbered.object_id = drawn.object_id and numbered.period = drawn.period and numbered.drawn_place = drawn.place
    union all
    select
        'another object' as control,
        numbered.adoption_id,
        others.other_id as object_id,
        numbered.person_id,
        numbered.adopted_at
    from numbered
    inner join others on numbered.object_id = others.object_id and others.object_id != others.other_id
    left join {{ ref('int_score_first_adoptions') }} as own on numbered.person_id = own.person_id and others.other_id = own.object_id
    where own.person_id is null
),

first_said as (
    select
        said.object_id,
        said.person_id,
        said.author_id,
        said.post_id,
        said.said_at,
        least(
            {{ var('window_days') }},
            {{ days_from('night.begins_at', 'said.said_at') }},
            {{ days_from('said.said_at', 'night.ends_at') }}
        ) as days
    from {{ ref('int_score_said') }} as said
    cross join night
    qualify row_number() over (partition by said.object_id, said.person_id order by said.said_at, said.mention_id) = 1
),

-- before the adoptions: theirs and what is said of an object would meet as a product
first_heard as {{ materialized() }} (
    select
        first_said.*,
        edges.audience_person_id,
        edges.edge_class,
        edges.valid_from,
        edges.valid_to
    from first_said
    inner join {{ ref('int_score_edges') }} as edges on first_said.author_id = edges.author_id
),

pointing as (
    select distinct
        candidates.adoption_id,
        said.person_id
    from {{ ref('int_score_candidates') }} as candidates
    inner join {{ ref('int_score_said') }} as said on candidates.mention_id = said.mention_id
    where candidates.is_explicit
),

-- the same with time reversed: who answers, quotes, links or names the adopter when they first speak of it
answering as (
    select distinct
        acts.post_id,
        accounts.person_id
    from {{ ref('fct_interactions') }} as acts
    left join {{ ref('fct_posts') }} as targets on acts.target_post_id = targets.post_id
    inner join {{ ref('bridge_persons_authors') }} as accounts on coalesce(acts.target_author_id, targets.author_id) = accounts.author_id
    where acts.kind in ('reply', 'quote', 'link', 'mention')
),

heard as (
    select distinct
        edges.audience_person_id,
        accounts.person_id
    from {{ ref('int_score_edges') }} as edges
    inner join {{ ref('bridge_persons_authors') }} as accounts on edges.author_id = accounts.author_id
)

select
    adoptions.control,
    adoptions.adoption_id,
    adoptions.object_id,
    first_said.person_id,
    accounts.channel_id,
    first_said.edge_class,
    back.person_id is null as is_one_way,
    coalesce(own.adopted_at > first_said.said_at, true) as is_unmoved,
    coalesce(pointing.adoption_id, answering.post_id) is not null as is_explicit,
    {{ lag }} as lag_days
from adoptions
inner join first_heard as first_said on adoptions.person_id = first_said.audience_person_id and adoptions.object_id = first_said.object_id
inner join {{ ref('dim_authors') }} as accounts on first_said.author_id = accounts.author_id and accounts.is_current
left join {{ ref('int_score_first_adoptions') }} as own
    on first_said.person_id = own.person_id and first_said.object_id = own.object_id
left join heard as back on adoptions.person_id = back.person_id and first_said.person_id = back.audience_person_id
left join answering
    on
        -- within the equality: beside it, DuckDB would compare every row with every other (int_posts)
        case when adoptions.adopted_at < first_said.said_at then first_said.post_id end = answering.post_id
        and adoptions.person_id = answering.person_id
left join pointing on adoptions.adoption_id = pointing.adoption_id and first_said.person_id = pointing.person_id
where
    adoptions.person_id != first_said.person_id
    and first_said.valid_from <= {{ earlier }}
    and first_said.valid_to > {{ earlier }}
    and adoptions.adopted_at != first_said.said_at
    and abs({{ lag }}) <= first_said.days
