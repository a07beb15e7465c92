with ordered as (
    select distinct
        person_id,
        brand_id
    from {{ ref('fct_conversions') }}
    where person_id is not null
),

newest as (
    select max(said_at) as said_at
    from {{ ref('int_exposures') }}
)

select
    exposures.person_id,
    exposures.brand_id,
    exposures.post_id,
    exposures.author_id,
    bridge.person_id as player_id,
    exposures.said_at
from {{ ref('int_exposures') }} as exposures
cross join newest
inner join {{ ref('bridge_persons_authors') }} as bridge on exposures.author_id = bridge.author_id
left join ordered on exposures.person_id = ordered.person_id and exposures.brand_id = ordered.brand_id
where
    ordered.person_id is null
    and exposures.brand_id in (select ordered_brands.brand_id from ordered as ordered_brands)
    and {{ days_from('exposures.said_at', 'newest.said_at') }} <= {{ var('touch_window_days') }}
