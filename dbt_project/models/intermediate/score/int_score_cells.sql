-- Communities in which nobody adopted an object are one: they count for the object's rate, and no adoption asks for their own.
with people as (
    select
        persons.person_id,
        coalesce(communities.community_id, 'none') as community_id
    from {{ ref('dim_persons') }} as persons
    left join {{ ref('stg_scores__communities') }} as communities on persons.person_id = communities.person_id
    where persons.person_kind not in ({{ kinds_apart() }})
),

members as (
    select
        community_id,
        count(*) as member_count
    from people
    group by community_id
),

adopted as (
    select distinct
        object_id,
        community_id
    from {{ ref('int_score_adoptions') }}
),

objects as (
    select distinct object_id
    from adopted
),

communities as (
    select
        adopted.object_id,
        adopted.community_id,
        coalesce(members.member_count, 0) as member_count
    from adopted
    left join members on adopted.community_id = members.community_id
    union all
    select
        objects.object_id,
        'others' as community_id,
        (select count(*) from people) - sum(coalesce(members.member_count, 0)) as member_count
    from objects
    inner join adopted on objects.object_id = adopted.object_id
    left join members on adopted.community_id = members.community_id
    group by objects.object_id
),

weeks as (
    select
        {{ week_of('dates.date_day') }} as week,
        least({{ days_after('cast(max(dates.date_day) as timestamptz)', 1) }}, max(night.ends_at)) as ends_at,
        count(*) as days
    from {{ ref('dim_dates') }} as dates
    cross join {{ ref('int_score_night') }} as night
    where cast(dates.date_day as timestamptz) >= night.begins_at and cast(dates.date_day as timestamptz) < night.ends_at
    group by week
),

-- days of a week that adopters were no longer at risk
lost as (
    select
        adoptions.object_id,
        coalesce(adopted.community_id, 'others') as community_id,
        weeks.week,
        sum(least({{ days_from('adoptions.adopted_at', 'weeks.ends_at') }}, weeks.days) order by adoptions.person_id) as days
    from {{ ref('int_score_first_adoptions') }} as adoptions
    inner join weeks on adoptions.adopted_at < weeks.ends_at
    left join adopted on adoptions.object_id = adopted.object_id and adoptions.community_id = adopted.community_id
    group by adoptions.object_id, adopted.community_id, weeks.week
)

select
    communities.community_id,
    communities.object_id,
    weeks.week,
    greatest(communities.member_count * weeks.days - coalesce(lost.days, 0), 0) as person_days
from communities
cross join weeks
left join lost
    on
        communities.community_id = lost.community_id
        and communities.object_id = lost.object_id
        and weeks.week = lost.week
