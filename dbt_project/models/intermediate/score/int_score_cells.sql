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
        {{ week_of('cast(dates.date_day as ' ~ timestamptz() ~ ')') }} as week,
        count(*) as days,
        least({{ days_after('cast(max(dates.date_day) as ' ~ timestamptz() ~ ')', 1) }}, max(night.ends_at)) as ends_at
    from {{ ref('dim_dates') }} as dates
    cross join {{ ref('int_score_night') }} as night
    where cast(dates.date_day as {{ timestamptz() }}) >= night.begins_at and cast(dates.date_day as {{ timestamptz() }}) < night.ends_at
    group by week
),

begun as (
    select
        week,
        ends_at,
        {{ days_after('ends_at', '-days') }} as starts_at
    from weeks
),

adopters as (
    select
        adoptions.object_id,
        coalesce(adopted.community_id, 'others') as community_id,
        adoptions.adopted_at
    from {{ ref('int_score_first_adoptions') }} as adoptions
    left join adopted on adoptions.object_id = adopted.object_id and adoptions.community_id = adopted.community_id
),

-- Days of a week that adopters were no longer at risk: some of its days; or all of them, who are counted by the first such week: adopters
-- times all later weeks would be 2 million rows of 150,000. Summed as decimals: in whatever order, the sum is the same.
some_days as (
    select
        adopters.object_id,
        adopters.community_id,
        weeks.week,
        sum(cast({{ days_from('adopters.adopted_at', 'weeks.ends_at') }} as decimal(38, 15))) as days
    from adopters
    inner join begun as weeks on adopters.adopted_at < weeks.ends_at and adopters.adopted_at > weeks.starts_at
    group by adopters.object_id, adopters.community_id, weeks.week
),

all_days as (
    select
        adopters.object_id,
        adopters.community_id,
        weeks.week,
        count(*) as people
    from adopters
    {{ asof_join('inner', 'begun', 'weeks', [], ('adopters.adopted_at', '<=', 'starts_at')) }}
    group by adopters.object_id, adopters.community_id, weeks.week
),

gone as (
    select
        all_days.object_id,
        all_days.community_id,
        weeks.week,
        sum(all_days.people) as people
    from all_days
    inner join weeks on all_days.week <= weeks.week
    group by all_days.object_id, all_days.community_id, weeks.week
)

select
    communities.community_id,
    communities.object_id,
    weeks.week,
    greatest(
        (communities.member_count - coalesce(gone.people, 0)) * weeks.days - coalesce(cast(some_days.days as double), 0), 0
    ) as person_days
from communities
cross join weeks
left join gone
    on
        communities.community_id = gone.community_id
        and communities.object_id = gone.object_id
        and weeks.week = gone.week
left join some_days
    on
        communities.community_id = some_days.community_id
        and communities.object_id = some_days.object_id
        and weeks.week = some_days.week
