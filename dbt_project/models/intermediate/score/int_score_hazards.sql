-- Who speaks of one object all the time is one hazard that goes on, not thousands that each adoption has to be compared with: of 75,000
-- posts, a third of them by one author, 19.2 million candidates became 1.4 million. Where an author has more than `repeats` mentions of an
-- object in a stretch of time, those of one slot of `repeat_hours` become one: an adoption is caused by the last of them before it, with
-- `weight` times its hazard. The decay is exponential, so that this is the very sum of theirs:
-- sum over i of 2^(-(t - s_i) / h) = 2^(-(t - s_last) / h) * sum over i of 2^(-(s_last - s_i) / h). What differs is which post of the slot
-- is shown as the cause, and that a mention that is pointed at counts once more among those of its slot: 1 in `explicit_factor` of its own.
with counted as (
    select
        *,
        {{ stretch_of('said_at') }} as stretch,
        count(*) over (partition by author_id, object_id, {{ stretch_of('said_at') }}) as mention_count
    from {{ ref('int_score_said') }}
),

slotted as (
    select
        *,
        case when mention_count > {{ var('repeats') }} then {{ slot_of('said_at') }} end as slot,
        {{ days_from(timestamptz() ~ " '1970-01-01 00:00:00+00'", 'said_at') }} * 24 / {{ var('repeat_hours') }}
        - {{ slot_of('said_at') }} as slot_part
    from counted
),

-- decimals, so that those of one moment sum to the same in whatever order
summed as (
    select
        *,
        sum(cast(pow(2.0, slot_part * {{ slot_half_lives() }}) as decimal(38, 15))) over (
            partition by author_id, object_id, slot order by said_at
        ) as until_now
    from slotted
    where slot is not null
)

select
    mention_id,
    author_id,
    object_id,
    said_at,
    stretch,
    cast(null as integer) as slot,
    true as is_last,
    1.0 as weight
from slotted
where slot is null
union all
select
    max(mention_id) as mention_id,
    author_id,
    object_id,
    said_at,
    stretch,
    slot,
    said_at = max(said_at) over (partition by author_id, object_id, slot) as is_last,
    cast(max(until_now) as double) * pow(2.0, -max(slot_part) * {{ slot_half_lives() }}) as weight
from summed
group by author_id, object_id, said_at, stretch, slot
