with said as (
    select
        said.*,
        {{ stretch_of('said.said_at') }} as stretch,
        least({{ var('window_days') }}, {{ days_from('said.said_at', 'night.ends_at') }}) as days
    from {{ ref('int_score_said') }} as said
    cross join {{ ref('int_score_night') }} as night
),

-- whom an author's words reach by edges, summed as decimals: in whatever order, the sum is the same
gained as (
    select
        author_id,
        valid_from,
        sum(cast(class_weight - weight_before as decimal(18, 4))) as weight,
        count(*) filter (where weight_before = 0) as people
    from {{ ref('int_score_edges') }}
    group by author_id, valid_from
),

audiences as (
    select
        author_id,
        valid_from,
        sum(weight) over author_until as weight,
        sum(people) over author_until as people
    from gained
    window author_until as (partition by author_id order by valid_from)
),

-- Those of them who had adopted before, or did so while the mention worked, were not at risk all the time. Each is told twice, from when
-- and until when a mention finds them so, and what a mention finds is the sum up to it: its author's adopters times mentions would be their
-- product (2 billion rows of an author with 100,000 mentions and 20,000 adopters). All sums are of decimals: in whatever order, the same.
spoken as (
    select distinct
        author_id,
        object_id
    from said
),

adopters as (
    select
        spoken.author_id,
        spoken.object_id,
        adoptions.adopted_at,
        edges.valid_from,
        edges.valid_to,
        cast(edges.class_weight as decimal(18, 4)) as weight
    from {{ ref('int_score_first_adoptions') }} as adoptions
    inner join {{ ref('int_score_edges') }} as edges on adoptions.person_id = edges.audience_person_id
    inner join spoken on edges.author_id = spoken.author_id and adoptions.object_id = spoken.object_id
),

had_adopted as (
    select
        author_id,
        object_id,
        greatest(adopted_at, valid_from) as moment,
        weight,
        1 as people
    from adopters
    where adopted_at < valid_to
    union all
    select
        author_id,
        object_id,
        valid_to as moment,
        -weight as weight,
        -1 as people
    from adopters
    where adopted_at < valid_to
),

gone_at as (
    select
        author_id,
        object_id,
        moment,
        sum(weight) as weight,
        sum(people) as people
    from had_adopted
    group by author_id, object_id, moment
),

gone as (
    select
        author_id,
        object_id,
        moment,
        sum(weight) over author_until as weight,
        sum(people) over author_until as people
    from gone_at
    window author_until as (partition by author_id, object_id order by moment)
),

-- Who adopts within the window after a mention. By stretch of time, within which the decay since its beginning has digits enough: a window
-- is as long as a stretch, so that it lies in two at most.
will_adopt as (
    select
        *,
        greatest({{ days_after('adopted_at', '-' ~ var('window_days')) }}, valid_from) as starts_at,
        least(adopted_at, valid_to) as stops_at
    from adopters
),

in_stretches as (
    select
        *,
        {{ stretch_of('starts_at') }} as stretch
    from will_adopt
    where starts_at < stops_at
    union all
    select
        *,
        {{ stretch_of('stops_at') }} as stretch
    from will_adopt
    where starts_at < stops_at and {{ stretch_of('starts_at') }} < {{ stretch_of('stops_at') }}
),

decayed as (
    select
        *,
        cast(
            weight * pow(2.0, -{{ days_into_stretch('adopted_at', 'stretch') }} / {{ var('half_life_days') }}) as decimal(38, 15)
        ) as effect
    from in_stretches
),

leaving_events as (
    select
        author_id,
        object_id,
        stretch,
        case when {{ stretch_of('starts_at') }} = stretch then starts_at else {{ stretch_begin('stretch') }} end as moment,
        weight,
        effect
    from decayed
    union all
    select
        author_id,
        object_id,
        stretch,
        stops_at as moment,
        -weight as weight,
        -effect as effect
    from decayed
    where {{ stretch_of('stops_at') }} = stretch
),

leaving_at as (
    select
        author_id,
        object_id,
        stretch,
        moment,
        sum(weight) as weight,
        sum(effect) as effect
    from leaving_events
    group by author_id, object_id, stretch, moment
),

leaving as (
    select
        author_id,
        object_id,
        stretch,
        moment,
        sum(weight) over author_until as weight,
        sum(effect) over author_until as effect
    from leaving_at
    window author_until as (partition by author_id, object_id, stretch order by moment)
),

-- Edges are to everybody who follows, seen tonight or not; what is hidden is counted in the same people. Who sees one post, reach_mid, are
-- fewer: 14,579 followers with an edge taken from the 14,033 who see one post left 0 hidden where 78,000 of 92,761 followers are.
reach as (
    select
        reach.post_id,
        case
            when reach.source_metric = 'followers' then reach.follower_count
            when reach.method = 'reported' and rules.basis = 'followers' then reach.reach_mid / rules.small_factor
            when rules.basis is not null then reach.reach_mid
        end as people
    from {{ ref('fct_reach') }} as reach
    cross join {{ ref('int_score_night') }} as night
    inner join {{ ref('fct_posts') }} as posts on reach.post_id = posts.post_id
    left join {{ ref('reach_rules') }} as rules
        on
            posts.channel_id = rules.channel_id
            and reach.observed_date >= rules.valid_from
            and reach.observed_date < coalesce(rules.valid_to, date '9999-12-31')
    where reach.observed_date <= night.as_of_date
    qualify row_number() over (partition by reach.post_id order by reach.observed_date desc) = 1
)

select
    said.mention_id,
    said.author_id,
    said.object_id,
    greatest(
        cast(coalesce(audiences.weight, 0) - coalesce(gone.weight, 0) as double) * {{ effect_within('said.days') }}
        - cast(coalesce(leaving.effect, 0) as double)
        * pow(2.0, {{ days_into_stretch('said.said_at', 'said.stretch') }} / {{ var('half_life_days') }})
        + cast(coalesce(leaving.weight, 0) as double) * pow(2.0, -said.days / {{ var('half_life_days') }}),
        0
    ) as exposure,
    case
        when reach.people is not null then greatest(cast(reach.people as double) - coalesce(audiences.people, 0), 0)
    end as hidden_reach,
    cast(greatest(coalesce(audiences.people, 0) - coalesce(gone.people, 0), 0) as double) as seen_people,
    said.post_id,
    said.said_at,
    said.source_mention_id
from said
asof left join audiences
    on said.author_id = audiences.author_id and said.said_at >= audiences.valid_from
asof left join gone
    on said.author_id = gone.author_id and said.object_id = gone.object_id and said.said_at >= gone.moment
asof left join leaving
    on
        said.author_id = leaving.author_id
        and said.object_id = leaving.object_id
        and said.stretch = leaving.stretch
        and said.said_at >= leaving.moment
left join reach on said.post_id = reach.post_id
