-- Authors, and what each speaks of, by number: text is what it takes long to sort by (1.2 million posts: 7.2 seconds instead of 4.7).
with said_of as (
    select
        *,
        row_number() over (order by said_at) as place
    from {{ ref('int_score_said') }}
),

speakers as (
    select
        author_id,
        row_number() over (order by author_id) as speaker
    from said_of
    group by author_id
),

spoken as (
    select
        pairs.author_id,
        pairs.object_id,
        speakers.speaker,
        row_number() over (order by pairs.author_id, pairs.object_id) as pair
    from (
        select distinct
            author_id,
            object_id
        from said_of
    ) as pairs
    inner join speakers on pairs.author_id = speakers.author_id
),

said as (
    select
        said_of.*,
        spoken.speaker,
        spoken.pair,
        {{ stretch_of('said_of.said_at') }} as stretch,
        least({{ var('window_days') }}, {{ days_from('said_of.said_at', 'night.ends_at') }}) as days
    from said_of
    inner join spoken on said_of.author_id = spoken.author_id and said_of.object_id = spoken.object_id
    cross join {{ ref('int_score_night') }} as night
),

-- whom an author's words reach by edges, summed as decimals: in whatever order, the sum is the same
gained as (
    select
        speakers.speaker,
        edges.valid_from as moment,
        cast(edges.class_weight - edges.weight_before as decimal(18, 4)) as weight,
        case when edges.weight_before = 0 then 1 else 0 end as people,
        cast(null as bigint) as place
    from {{ ref('int_score_edges') }} as edges
    inner join speakers on edges.author_id = speakers.author_id
    union all
    select
        speaker,
        said_at as moment,
        0 as weight,
        0 as people,
        place
    from said
),

audiences as (
    select
        place,
        sum(weight) over author_until as weight,
        sum(people) over author_until as people
    from gained
    window author_until as (partition by speaker order by moment)
    qualify place is not null
),

-- Those of them who had adopted before, or did so while the mention worked, were not at risk all the time. Each is told twice, from when
-- and until when a mention finds them so, and what a mention finds is the sum up to it: its author's adopters times mentions would be their
-- product (2 billion rows of an author with 100,000 mentions and 20,000 adopters). All sums are of decimals: in whatever order, the same.
adopters as (
    select
        spoken.pair,
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
        pair,
        greatest(adopted_at, valid_from) as moment,
        weight,
        1 as people,
        cast(null as bigint) as place
    from adopters
    where adopted_at < valid_to
    union all
    select
        pair,
        valid_to as moment,
        -weight as weight,
        -1 as people,
        cast(null as bigint) as place
    from adopters
    where adopted_at < valid_to and valid_to < {{ timestamptz() }} '9999-12-31 00:00:00+00'
    union all
    select
        pair,
        said_at as moment,
        0 as weight,
        0 as people,
        place
    from said
),

gone as (
    select
        place,
        sum(weight) over pair_until as weight,
        sum(people) over pair_until as people
    from had_adopted
    window pair_until as (partition by pair order by moment)
    qualify place is not null
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
        pair,
        stretch,
        case when {{ stretch_of('starts_at') }} = stretch then starts_at else {{ stretch_begin('stretch') }} end as moment,
        weight,
        effect,
        cast(null as bigint) as place
    from decayed
    union all
    select
        pair,
        stretch,
        stops_at as moment,
        -weight as weight,
        -effect as effect,
        cast(null as bigint) as place
    from decayed
    where {{ stretch_of('stops_at') }} = stretch
    union all
    select
        pair,
        stretch,
        said_at as moment,
        0 as weight,
        0 as effect,
        place
    from said
),

leaving as (
    select
        place,
        sum(weight) over pair_until as weight,
        sum(effect) over pair_until as effect
    from leaving_events
    window pair_until as (partition by pair, stretch order by moment)
    qualify place is not null
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
    where reach.observed_date <= night.as_of_date and reach.post_id in (select said.post_id from said)
    qualify row_number() over (partition by reach.post_id order by reach.observed_date desc) = 1
)

select
    said.mention_id,
    said.author_id,
    said.object_id,
    greatest(
        cast(audiences.weight - gone.weight as double) * {{ effect_within('said.days') }}
        - cast(leaving.effect as double) * pow(2.0, {{ days_into_stretch('said.said_at', 'said.stretch') }} / {{ var('half_life_days') }})
        + cast(leaving.weight as double) * pow(2.0, -said.days / {{ var('half_life_days') }}),
        0
    ) as exposure,
    case when reach.people is not null then greatest(cast(reach.people as double) - audiences.people, 0) end as hidden_reach,
    cast(greatest(audiences.people - gone.people, 0) as double) as seen_people,
    said.post_id,
    said.said_at,
    said.source_mention_id
from said
inner join audiences on said.place = audiences.place
inner join gone on said.place = gone.place
inner join leaving on said.place = leaving.place
left join reach on said.post_id = reach.post_id
