{%- set of_touches = ['first', 'last', 'linear', 'time_decay', 'position_based', 'markov', 'shapley'] -%}

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

weighed as (
    select
        *,
        sum(weight) over (
            partition by conversion_id order by touch_id rows between unbounded preceding and current row
        ) as weight_so_far
    from stepped
),

-- the greatest of the running sums is the whole: summing whole partitions in a fixed order took twenty times as long
counted as (
    select
        *,
        max(step) over (partition by conversion_id) as steps,
        count(*) over (partition by conversion_id) as touches,
        count(*) over (partition by conversion_id, step) as touches_in_step,
        max(weight_so_far) over (partition by conversion_id) as weights
    from weighed
),

-- one row per touch, a column per model: the windows below would be seven times as large on a row per touch and model
credited as (
    select
        counted.touch_id,
        counted.conversion_id,
        case when counted.step = 1 then 1.0 / counted.touches_in_step else 0.0 end as credit_first,
        case when counted.step = counted.steps then 1.0 / counted.touches_in_step else 0.0 end as credit_last,
        1.0 / counted.touches as credit_linear,
        counted.weight / counted.weights as credit_time_decay,
        case
            when counted.steps = 1 then 1.0 / counted.touches
            when counted.steps = 2 then 0.5 / counted.touches_in_step
            when counted.step in (1, counted.steps) then 0.4 / counted.touches_in_step
            else 0.2 / (
                counted.touches - count(*) filter (where counted.step in (1, counted.steps)) over (partition by counted.conversion_id)
            )
        end as credit_position_based,
        coalesce(learnt.markov, 0) as credit_markov,
        coalesce(learnt.shapley, 0) as credit_shapley
    from counted
    left join {{ ref('stg_attribution__touch_credits') }} as learnt on counted.touch_id = learnt.touch_id
),

running as (
    select
        *,
    {%- for model in of_touches %}
        sum(credit_{{ model }}) over so_far as so_far_{{ model }}{{ ',' if not loop.last }}
    {%- endfor %}
    from credited
    window
        so_far as (partition by conversion_id order by touch_id rows between unbounded preceding and current row)
),

ranged as (
    select
        *,
    {%- for model in of_touches %}
        coalesce(lag(so_far_{{ model }}) over in_order, 0) as before_{{ model }}{{ ',' if not loop.last }}
    {%- endfor %}
    from running
    window in_order as (partition by conversion_id order by touch_id)
),

totals as (
    select
        conversion_id,
    {%- for model in of_touches %}
        sum(credit_{{ model }}) as total_{{ model }}{{ ',' if not loop.last }}
    {%- endfor %}
    from credited
    group by conversion_id
),

influences as (
    select
        conversion_id,
        touch_id,
        post_id,
        author_id,
        credit,
        sum(credit) over so_far as so_far
    from {{ ref('stg_attribution__influence_credits') }}
    where credit > 0
    window
        so_far as (
            partition by conversion_id
            order by touch_id nulls last, post_id nulls last
            rows between unbounded preceding and current row
        )
),

-- what comes before a row, and with it: money is given out by rounding the running sum, which the last row closes
shares as (
    {%- for model in of_touches %}
        select
            conversion_id,
            '{{ model }}' as model,
            touch_id,
            cast(null as string) as post_id,
            cast(null as string) as author_id,
            cast(credit_{{ model }} as double) as credit,
            before_{{ model }} as share_before,
            so_far_{{ model }} as share_so_far
        from ranged
        where credit_{{ model }} > 0
        union all
        select
            conversions.conversion_id,
            '{{ model }}' as model,
            null as touch_id,
            null as post_id,
            null as author_id,
            1 as credit,
            0 as share_before,
            1 as share_so_far
        from {{ ref('fct_conversions') }} as conversions
        left join totals on conversions.conversion_id = totals.conversion_id
        where coalesce(totals.total_{{ model }}, 0) = 0
        union all
    {%- endfor %}
    select
        conversion_id,
        'influence' as model,
        touch_id,
        post_id,
        author_id,
        credit,
        coalesce(
            lag(so_far) over (partition by conversion_id order by touch_id nulls last, post_id nulls last), 0
        ) as share_before,
        so_far as share_so_far
    from influences
    union all
    select
        conversions.conversion_id,
        'influence' as model,
        null as touch_id,
        null as post_id,
        null as author_id,
        1 as credit,
        0 as share_before,
        1 as share_so_far
    from {{ ref('fct_conversions') }} as conversions
    where conversions.conversion_id not in (select influences.conversion_id from influences)
)

select
    shares.conversion_id,
    shares.model,
    shares.touch_id,
    coalesce(touches.evidence_class, case when shares.post_id is null then 'none' else 'influence' end) as evidence_class,
    coalesce(touches.author_id, shares.author_id) as author_id,
    bridge.person_id,
    coalesce(touches.post_id, shares.post_id) as post_id,
    touches.campaign_id,
    conversions.brand_id,
    conversions.converted_at,
    shares.credit,
    conversions.currency,
    {{ share_of('revenue') }} as revenue,
    {{ share_of('net_revenue') }} as net_revenue,
    {{ share_of('net_margin') }} as net_margin
from shares
inner join {{ ref('fct_conversions') }} as conversions on shares.conversion_id = conversions.conversion_id
left join {{ ref('fct_touches') }} as touches on shares.touch_id = touches.touch_id
left join {{ ref('bridge_persons_authors') }} as bridge on coalesce(touches.author_id, shares.author_id) = bridge.author_id
