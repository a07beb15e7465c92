with said as (
    select
        said.*,
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

-- those of them who had adopted before, or did so while the mention worked, were not at risk all the time
adopters as (
    select
        said.mention_id,
        sum(
            edges.class_weight
            * (
                {{ effect_within('said.days') }}
                - {{ effect_within('greatest(' ~ days_from('said.said_at', 'adoptions.adopted_at') ~ ', 0)') }}
            )
            order by adoptions.person_id
        ) as exposure,
        count(*) filter (where adoptions.adopted_at <= said.said_at) as people
    from {{ ref('int_score_first_adoptions') }} as adoptions
    inner join {{ ref('int_score_edges') }} as edges on adoptions.person_id = edges.audience_person_id
    inner join said
        on
            edges.author_id = said.author_id
            and adoptions.object_id = said.object_id
            and edges.valid_from <= said.said_at
            and edges.valid_to > said.said_at
            and {{ days_after('said.said_at', 'said.days') }} > adoptions.adopted_at
    group by said.mention_id
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
        cast(coalesce(audiences.weight, 0) as double) * {{ effect_within('said.days') }} - coalesce(adopters.exposure, 0), 0
    ) as exposure,
    case
        when reach.people is not null then greatest(cast(reach.people as double) - coalesce(audiences.people, 0), 0)
    end as hidden_reach,
    cast(greatest(coalesce(audiences.people, 0) - coalesce(adopters.people, 0), 0) as double) as seen_people,
    said.post_id,
    said.said_at,
    said.source_mention_id
from said
asof left join audiences
    on said.author_id = audiences.author_id and said.said_at >= audiences.valid_from
left join adopters on said.mention_id = adopters.mention_id
left join reach on said.post_id = reach.post_id
