-- What changed between two periods, brand by brand: each figure then and now, and how far chance alone may have moved it.
-- A sum is compared by the day, in percent; a share in points. Intervals (90 %) take people, not posts, as what may come or stay away.
with asked as (
    select
        cast(null as varchar) as brand,  -- a brand's id; all of ours by default
        cast(false as boolean) as competitors,  -- whether those of other brands, too
        cast(null as varchar) as channel,  -- a channel's id; all together by default, and then adoptions and orders, too
        cast(false as boolean) as each_channel,  -- whether each channel beside all together
        cast(null as date) as before_since,  -- the first day of the period before; as many days before the period by default
        cast(null as date) as before_until,  -- the last day of the period before; the day before the period by default
        cast(null as date) as since,  -- the first day of the period; four weeks until its end by default
        cast(null as date) as until  -- the last day of the period; the newest night by default
),

nights as (
    select max(night) as newest
    from (
        select observed_date as night from ops.ops_source_runs
        union all
        select as_of_date as night from marts.influencer_rankings
    ) as told
),

-- since when anybody listened; where no source tells, since when anything is held
held as (
    select coalesce(
        (select cast(min(window_started_at) as date) from ops.ops_source_runs),
        (select min(said_on) from marts.mart_voice_daily)
    ) as oldest
),

ends as (
    select
        least(coalesce(asked.until, nights.newest), nights.newest) as until,
        asked.since,
        asked.before_since,
        asked.before_until
    from asked
    cross join nights
),

begins as (
    select
        ends.until,
        ends.before_since,
        coalesce(ends.since, ends.until - 27) as since,
        coalesce(ends.before_until, coalesce(ends.since, ends.until - 27) - 1) as before_until
    from ends
),

periods as (
    select
        'now' as period,
        greatest(begins.since, held.oldest) as since,
        begins.until
    from begins
    cross join held
    union all
    select
        'before' as period,
        greatest(coalesce(begins.before_since, begins.before_until - cast(begins.until - begins.since as integer)), held.oldest) as since,
        least(begins.before_until, begins.until) as until
    from begins
    cross join held
),

brands as (
    select
        brands.brand_id,
        brands.brand_name,
        brands.category
    from marts.dim_brands as brands
    cross join asked
    where brands.brand_id = asked.brand or (asked.brand is null and (brands.is_ours or asked.competitors))
),

-- the words of people, paid or not
said as (
    select
        periods.period,
        coalesce(voice.person_id, voice.post_id) as speaker_id,
        voice.brand_id,
        voice.category,
        voice.channel_id,
        voice.said_on,
        voice.media_kind,
        voice.mention_count,
        voice.more_positive_mention_count,
        voice.read_mention_count,
        voice.reach,
        voice.engagement
    from marts.mart_voice_daily as voice
    inner join periods on voice.said_on between periods.since and periods.until
    cross join asked
    where voice.is_voice and (asked.channel is null or voice.channel_id = asked.channel)
),

places as (
    select
        said.*,
        'all' as place
    from said
    union all
    select
        said.*,
        said.channel_id as place
    from said
    cross join asked
    where asked.each_channel
),

people as (
    select
        brands.brand_id,
        places.place,
        places.period,
        places.speaker_id,
        coalesce(sum(case when places.brand_id = brands.brand_id then places.mention_count end), 0) as mention_count,
        sum(places.mention_count) as category_mention_count,
        count(distinct case when places.brand_id = brands.brand_id then places.said_on end) as day_count,
        coalesce(sum(case when places.brand_id = brands.brand_id then places.more_positive_mention_count end), 0)
            as more_positive_mention_count,
        coalesce(sum(case when places.brand_id = brands.brand_id then places.read_mention_count end), 0) as read_mention_count,
        coalesce(sum(case when places.brand_id = brands.brand_id and places.media_kind = 'paid' then places.mention_count end), 0)
            as paid_mention_count,
        coalesce(sum(case when places.brand_id = brands.brand_id and places.media_kind is not null then places.mention_count end), 0)
            as known_mention_count,
        sum(case when places.brand_id = brands.brand_id then places.reach end) as reach,
        sum(case when places.brand_id = brands.brand_id then places.engagement end) as engagement
    from places
    inner join brands on places.category = brands.category
    group by brands.brand_id, places.place, places.period, places.speaker_id
),

adopted as (
    select
        adoptions.brand_id,
        periods.period,
        count(*) as adoption_count
    from marts.fct_adoptions as adoptions
    inner join periods on adoptions.adopted_at >= periods.since and adoptions.adopted_at < periods.until + 1
    cross join asked
    where adoptions.object_kind = 'brand' and asked.channel is null
    group by adoptions.brand_id, periods.period, coalesce(adoptions.person_id, adoptions.customer_id)
),

sold as (
    select
        conversions.brand_id,
        periods.period,
        conversions.currency,
        cast(conversions.net_revenue as double precision) as net_revenue
    from marts.fct_conversions as conversions
    inner join periods on conversions.converted_at >= periods.since and conversions.converted_at < periods.until + 1
    cross join asked
    where asked.channel is null and not coalesce(conversions.is_cancelled, false)
),

influenced as (
    select
        credits.brand_id,
        periods.period,
        credits.credit
    from marts.fct_attribution as credits
    inner join periods on credits.converted_at >= periods.since and credits.converted_at < periods.until + 1
    cross join asked
    where asked.channel is null and credits.model = 'influence' and credits.person_id is not null
),

-- one row per figure and whoever may come or stay away: what they add to it, and to what it is a share of (NULL: to no share)
parts as (
    select
        1 as position,
        'mentions' as figure,
        brand_id,
        place,
        period,
        cast(mention_count as double precision) as amount,
        cast(null as double precision) as of_amount
    from people
    union all
    select
        2 as position,
        'people a day' as figure,
        brand_id,
        place,
        period,
        day_count as amount,
        null as of_amount
    from people
    union all
    select
        3 as position,
        'share of voice' as figure,
        brand_id,
        place,
        period,
        mention_count as amount,
        category_mention_count as of_amount
    from people
    union all
    select
        4 as position,
        'net sentiment' as figure,
        brand_id,
        place,
        period,
        more_positive_mention_count as amount,
        read_mention_count as of_amount
    from people
    union all
    select
        5 as position,
        'disclosed as paid' as figure,
        brand_id,
        place,
        period,
        paid_mention_count as amount,
        known_mention_count as of_amount
    from people
    union all
    select
        6 as position,
        'reach' as figure,
        brand_id,
        place,
        period,
        reach as amount,
        null as of_amount
    from people
    union all
    select
        7 as position,
        'engagement' as figure,
        brand_id,
        place,
        period,
        engagement as amount,
        null as of_amount
    from people
    union all
    select
        8 as position,
        'adoptions told' as figure,
        brand_id,
        'all' as place,
        period,
        adoption_count as amount,
        null as of_amount
    from adopted
    union all
    select
        9 as position,
        'conversions' as figure,
        brand_id,
        'all' as place,
        period,
        1 as amount,
        null as of_amount
    from sold
    union all
    select
        10 as position,
        'influenced conversions' as figure,
        brand_id,
        'all' as place,
        period,
        credit as amount,
        null as of_amount
    from influenced
    union all
    select
        11 as position,
        'net revenue, ' || currency as figure,
        brand_id,
        'all' as place,
        period,
        net_revenue as amount,
        null as of_amount
    from sold
),

totals as (
    select
        position,
        figure,
        brand_id,
        place,
        period,
        sum(amount order by amount) as amount,
        sum(of_amount) as of_amount,
        count(of_amount) > 0 as is_share,
        sum(amount order by amount) / nullif(sum(of_amount), 0) as share
    from parts
    where amount is not null
    group by position, figure, brand_id, place, period
),

-- the variance between people (Cochran, Sampling Techniques, 1977, on ratios of clusters); of a share of fewer than ten none can be told
estimates as (
    select
        totals.position,
        totals.figure,
        totals.brand_id,
        totals.place,
        totals.period,
        totals.is_share,
        case when totals.is_share then totals.share else totals.amount end as value,
        case
            when not totals.is_share then sum(power(parts.amount, 2) order by parts.amount) / nullif(power(max(totals.amount), 2), 0)
            when count(case when parts.of_amount > 0 then 1 end) >= 10
                then
                    sum(power(parts.amount - totals.share * parts.of_amount, 2) order by parts.amount, parts.of_amount)
                    / nullif(power(max(totals.of_amount), 2), 0)
        end as variance
    from totals
    inner join parts
        on
            totals.figure = parts.figure and totals.brand_id = parts.brand_id and totals.place = parts.place
            and totals.period = parts.period and parts.amount is not null
    group by
        totals.position, totals.figure, totals.brand_id, totals.place, totals.period, totals.is_share, totals.share, totals.amount
),

figures as (
    select distinct
        position,
        figure,
        brand_id,
        place,
        is_share
    from estimates
),

compared as (
    select
        figures.*,
        brands.brand_name,
        earlier_period.since as before_since,
        earlier_period.until as before_until,
        now_period.since,
        now_period.until,
        coalesce(earlier.value, case when not figures.is_share and earlier_period.until >= earlier_period.since then 0 end) as before,
        coalesce(now.value, case when not figures.is_share and now_period.until >= now_period.since then 0 end) as now,
        nullif(greatest(earlier_period.until - earlier_period.since + 1, 0), 0) as before_days,
        nullif(greatest(now_period.until - now_period.since + 1, 0), 0) as days,
        sqrt(now.variance + earlier.variance) as deviation
    from figures
    inner join brands on figures.brand_id = brands.brand_id
    inner join periods as now_period on now_period.period = 'now'
    inner join periods as earlier_period on earlier_period.period = 'before'
    left join estimates as now
        on figures.figure = now.figure and figures.brand_id = now.brand_id and figures.place = now.place and now.period = 'now'
    left join estimates as earlier
        on
            figures.figure = earlier.figure and figures.brand_id = earlier.brand_id and figures.place = earlier.place
            and earlier.period = 'before'
),

-- shares move by points, sums on a scale of ratios
moved as (
    select
        rated.*,
        case when is_share then now - before when ratio > 0 then ln(ratio) end as step
    from (
        select
            compared.*,
            (now / days) / nullif(before / before_days, 0) as ratio
        from compared
    ) as rated
)

select
    brand_name as brand,
    place as channel,
    figure,
    case when figure = 'people a day' then before / before_days else before end as before,
    case when figure = 'people a day' then now / days else now end as now,
    case when is_share then step else ratio - 1 end as change,
    case when is_share then 'points' else 'by the day' end as change_unit,
    case when is_share then step - 1.645 * deviation else exp(step - 1.645 * deviation) - 1 end as change_low,
    case when is_share then step + 1.645 * deviation else exp(step + 1.645 * deviation) - 1 end as change_high,
    abs(step) / nullif(deviation, 0) as standard_errors,
    abs(step) > 1.645 * deviation as is_certain,
    before_since,
    before_until,
    since,
    until,
    brand_id
from moved
order by brand_name, brand_id, place != 'all', place, position, figure
