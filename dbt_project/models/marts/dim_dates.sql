with days as (
    {{ days_between('1990-01-01', '2049-12-31') }}
)

select
    date_day,
    cast(date_trunc('week', date_day) as date) as week_start_date,
    cast(date_trunc('month', date_day) as date) as month_start_date,
    cast(extract(year from date_day) as bigint) as year_number,
    cast(extract(quarter from date_day) as bigint) as quarter_number,
    cast(extract(month from date_day) as bigint) as month_number,
    {{ weekday_of('date_day') }} as weekday_number,
    {{ weekday_of('date_day') }} >= 6 as is_weekend
from days
