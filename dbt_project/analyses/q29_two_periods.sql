-- What changed between two periods, brand by brand: each figure then and now, and how far chance alone may have moved it.
-- A sum is compared by the day, in percent; a share in points. Intervals (90 %) take people, not posts, as what may come or stay away.
with asked as (
    select
        cast(null as varchar) as brand,  -- a brand's id; all of ours by default
        cast(null as varchar) as channel,  -- a channel's id; all by default, and then adoptions and orders, too
        cast(null as date) as before_since,  -- the first day of the period before; as many days before the period by default
        cast(null as date) as before_until,  -- the last day of the period before; the day before the period by default
        cast(null as date) as since,  -- the first day of the period; four weeks until its end by default
        cast(null as date) as until  -- the last day of the period; the newest night by default
),

nights as (
    select max(as_of_date) as newest
    from marts.influencer_rankings
),

held as (
    select min(cast(said_at as date)) as oldest
    from marts.mentions_enriched
    where brand_id is not null
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
    where brands.brand_id = asked.brand or (asked.brand is null and brands.is_ours)
),

-- the words of people, paid or not
said as (
    select
        periods.period,
        coalesce(mentions.person_id, mentions.mention_id) as person_id,
        mentions.brand_id,
        said_of.category,
        mentions.post_id,
        cast(mentions.said_at as date) as said_on,
        mentions.stance,
        mentions.media_kind,
        mentions.reach,
        coalesce(mentions.like_count, 0) + coalesce(mentions.comment_count, 0) + coalesce(mentions.share_count, 0) as engagement
    from marts.mentions_enriched as mentions
    inner join marts.dim_brands as said_of on mentions.brand_id = said_of.brand_id
    inner join periods on mentions.said_at >= periods.since and mentions.said_at < periods.until + 1
    cross join asked
    where
        coalesce(mentions.media_kind not in ('owned', 'bot'), true)
        and (asked.channel is null or mentions.channel = asked.channel)
),

people as (
    select
        brands.brand_id,
        said.period,
        said.person_id,
        count(case when said.brand_id = brands.brand_id then 1 end) as mention_count,
        count(*) as category_mention_count,
        count(distinct case when said.brand_id = brands.brand_id then said.said_on end) as day_count,
        count(case when said.brand_id = brands.brand_id and said.stance = 'positive' then 1 end)
        - count(case when said.brand_id = brands.brand_id and said.stance = 'negative' then 1 end) as more_positive_count,
        count(case when said.brand_id = brands.brand_id and said.stance is not null then 1 end) as read_count,
        count(case when said.brand_id = brands.brand_id and said.media_kind = 'paid' then 1 end) as paid_count,
        count(case when said.brand_id = brands.brand_id and said.media_kind in ('paid', 'earned') then 1 end) as disclosed_count
    from said
    inner join brands on said.category = brands.category
    group by brands.brand_id, said.period, said.person_id
),

reached as (
    select
        brand_id,
        period,
        person_id,
        sum(reach) as reach,
        sum(engagement) as engagement
    from (select distinct
        brand_id,
        period,
        person_id,
        post_id,
        reach,
        engagement
    from said) as posts
    group by brand_id, period, person_id
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
        period,
        cast(mention_count as double precision) as amount,
        cast(null as double precision) as of_amount
    from people
    union all
    select
        2 as position,
        'people a day' as figure,
        brand_id,
        period,
        day_count as amount,
        null as of_amount
    from people
    union all
    select
        3 as position,
        'share of voice' as figure,
        brand_id,
        period,
        mention_count as amount,
        category_mention_count as of_amount
    from people
    union all
    select
        4 as position,
        'net sentiment' as figure,
        brand_id,
        period,
        more_positive_count as amount,
        read_count as of_amount
    from people
    union all
    select
        5 as position,
        'paid share' as figure,
        brand_id,
        period,
        paid_count as amount,
        disclosed_count as of_amount
    from people
    union all
    select
        6 as position,
        'reach' as figure,
        brand_id,
        period,
        reach as amount,
        null as of_amount
    from reached
    union all
    select
        7 as position,
        'engagement' as figure,
        brand_id,
        period,
        engagement as amount,
        null as of_amount
    from reached
    union all
    select
        8 as position,
        'adoptions told' as figure,
        brand_id,
        period,
        adoption_count as amount,
        null as of_amount
    from adopted
    union all
    select
        9 as position,
        'conversions' as figure,
        brand_id,
        period,
        1 as amount,
        null as of_amount
    from sold
    union all
    select
        10 as position,
        'influenced conversions' as figure,
        brand_id,
        period,
        credit as amount,
        null as of_amount
    from influenced
    union all
    select
        11 as position,
        'net revenue, ' || currency as figure,
        brand_id,
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
        period,
        sum(amount order by amount) as amount,
        sum(of_amount) as of_amount,
        count(of_amount) > 0 as is_share,
        sum(amount order by amount) / nullif(sum(of_amount), 0) as share
    from parts
    where amount is not null
    group by position, figure, brand_id, period
),

estimates as (
    select
        totals.position,
        totals.figure,
        totals.brand_id,
        totals.period,
        totals.is_share,
        case when totals.is_share then totals.share else totals.amount end as value,
        case
            when
                totals.is_share
                then
                    sum(power(parts.amount - totals.share * parts.of_amount, 2) order by parts.amount, parts.of_amount)
                    / nullif(power(max(totals.of_amount), 2), 0)
            else sum(power(parts.amount, 2) order by parts.amount) / nullif(power(max(totals.amount), 2), 0)
        end as variance
    from totals
    inner join parts
        on totals.figure = parts.figure and totals.brand_id = parts.brand_id and totals.period = parts.period and parts.amount is not null
    group by
        totals.position, totals.figure, totals.brand_id, totals.period, totals.is_share, totals.share, totals.amount
),

figures as (
    select
        now.position,
        now.figure,
        now.brand_id
    from estimates as now
    where now.period = 'now'
    union
    select
        earlier.position,
        earlier.figure,
        earlier.brand_id
    from estimates as earlier
    where earlier.period = 'before'
),

compared as (
    select
        figures.position,
        brands.brand_name,
        figures.figure,
        earlier_period.since as before_since,
        earlier_period.until as before_until,
        now_period.since,
        now_period.until,
        coalesce(now.is_share, earlier.is_share) as is_share,
        coalesce(earlier.value, case when not now.is_share and earlier_period.until >= earlier_period.since then 0 end) as before,
        coalesce(now.value, case when not earlier.is_share and now_period.until >= now_period.since then 0 end) as now,
        nullif(greatest(earlier_period.until - earlier_period.since + 1, 0), 0) as before_days,
        nullif(greatest(now_period.until - now_period.since + 1, 0), 0) as days,
        sqrt(now.variance + earlier.variance) as deviation
    from figures
    inner join brands on figures.brand_id = brands.brand_id
    inner join periods as now_period on now_period.period = 'now'
    inner join periods as earlier_period on earlier_period.period = 'before'
    left join estimates as now on figures.figure = now.figure and figures.brand_id = now.brand_id and now.period = 'now'
    left join estimates as earlier on figures.figure = earlier.figure and figures.brand_id = earlier.brand_id and earlier.period = 'before'
),

changes as (
    select
        rated.*,
        case when is_share then now - before else ratio - 1 end as change,
        case when is_share then now - before - 1.645 * deviation when ratio > 0 then ratio * exp(-1.645 * deviation) - 1 end as change_low,
        case when is_share then now - before + 1.645 * deviation when ratio > 0 then ratio * exp(1.645 * deviation) - 1 end as change_high
    from (
        select
            compared.*,
            (now / days) / nullif(before / before_days, 0) as ratio
        from compared
    ) as rated
)

select
    brand_name as brand,
    figure,
    case when figure = 'people a day' then before / before_days else before end as before,
    case when figure = 'people a day' then now / days else now end as now,
    change,
    case when is_share then 'points' else 'by the day' end as change_unit,
    change_low,
    change_high,
    change_low > 0 or change_high < 0 as is_certain,
    before_since,
    before_until,
    since,
    until
from changes
order by brand_name, position, figure
