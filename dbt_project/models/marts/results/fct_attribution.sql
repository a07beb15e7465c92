{%- set rules = ['first', 'last', 'linear', 'time_decay', 'position_based'] -%}
{%- set models = rules + ['markov', 'shapley', 'influence'] -%}
{%- set amounts = ['revenue', 'net_revenue', 'net_margin'] -%}

-- touches at one time are one step: whatever a step is worth, they share equally
with stepped as (
    select
        touches.touch_id,
        touches.conversion_id,
        dense_rank() over (partition by touches.conversion_id order by touches.touched_at) as step,
        pow(
            2.0,
            -{{ days_from('touches.touched_at', 'conversions.converted_at') }} / {{ var('touch_half_life_days') }}
        ) as weight
    from {{ ref('fct_touches') }} as touches
    inner join {{ ref('fct_conversions') }} as conversions on touches.conversion_id = conversions.conversion_id
),

counted as (
    select
        *,
        max(step) over (partition by conversion_id) as steps,
        count(*) over (partition by conversion_id) as touches,
        count(*) over (partition by conversion_id, step) as touches_in_step,
        sum(weight) over (
            partition by conversion_id order by step, touch_id rows between unbounded preceding and unbounded following
        ) as weights
    from stepped
),

ruled as (
    select
        touch_id,
        conversion_id,
        case when step = 1 then 1.0 / touches_in_step else 0.0 end as first_credit,
        case when step = steps then 1.0 / touches_in_step else 0.0 end as last_credit,
        1.0 / touches as linear_credit,
        weight / weights as time_decay_credit,
        case
            when steps = 1 then 1.0 / touches
            when steps = 2 then 0.5 / touches_in_step
            when step in (1, steps) then 0.4 / touches_in_step
            else
                0.2 / (touches - count(*) filter (where step in (1, steps)) over (partition by conversion_id))
        end as position_based_credit
    from counted
),

-- evidence that says nothing of an author is credited too: what it takes away from authors is the point of having it
credited as (
    {%- for rule in rules %}
        select
            conversion_id,
            '{{ rule }}' as model,
            touch_id,
            cast(null as varchar) as post_id,
            cast(null as varchar) as author_id,
            cast({{ rule }}_credit as double) as credit
        from ruled
        union all by name
    {%- endfor %}
    select
        conversion_id,
        model,
        touch_id,
        post_id,
        author_id,
        credit
    from {{ ref('stg_attribution__credits') }}
),

models as (
    select {{ each(models) }} as model
),

complete as (
    select * from credited
    where credit > 0
    union all by name
    select
        conversions.conversion_id,
        models.model,
        1.0 as credit
    from {{ ref('fct_conversions') }} as conversions
    cross join models
    where not exists (
        select 1 from credited
        where credited.conversion_id = conversions.conversion_id and credited.model = models.model and credited.credit > 0
    )
),

-- cents are given out by rounding the running sum, so that the last row closes the sum whatever the amount
running as (
    select
        *,
        sum(credit) over shares_so_far as credit_so_far,
        row_number() over shares_so_far as share_number,
        count(*) over (partition by conversion_id, model) as share_count
    from complete
    window
        shares_so_far as (
            partition by conversion_id, model
            order by touch_id nulls last, post_id nulls last
            rows between unbounded preceding and current row
        )
),

given_out as (
    select
        running.*,
        conversions.brand_id,
        conversions.converted_at,
        conversions.currency,
    {%- for amount in amounts %}
        case
            when running.share_number = running.share_count then conversions.{{ amount }}
            else cast(round(cast(conversions.{{ amount }} as double) * running.credit_so_far, 2) as decimal(18, 4))
        end as {{ amount }}_so_far{{ ',' if not loop.last }}
    {%- endfor %}
    from running
    inner join {{ ref('fct_conversions') }} as conversions on running.conversion_id = conversions.conversion_id
),

shared as (
    select
        *,
    {%- for amount in amounts %}
        cast(
            {{ amount }}_so_far - coalesce(
                lag({{ amount }}_so_far) over (partition by conversion_id, model order by share_number), 0
            ) as decimal(18, 4)
        ) as {{ amount }}{{ ',' if not loop.last }}
    {%- endfor %}
    from given_out
)

select
    shared.conversion_id,
    shared.model,
    shared.touch_id,
    coalesce(touches.evidence_class, case when shared.post_id is null then 'none' else 'influence' end) as evidence_class,
    coalesce(touches.author_id, shared.author_id) as author_id,
    bridge.person_id,
    coalesce(touches.post_id, shared.post_id) as post_id,
    touches.campaign_id,
    touches.player_id,
    shared.brand_id,
    shared.converted_at,
    shared.credit,
    shared.currency,
    shared.revenue,
    shared.net_revenue,
    shared.net_margin
from shared
left join {{ ref('fct_touches') }} as touches on shared.touch_id = touches.touch_id
left join {{ ref('bridge_persons_authors') }} as bridge on coalesce(touches.author_id, shared.author_id) = bridge.author_id
