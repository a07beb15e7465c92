{{ config(materialized='keyed', key='post_id') }}

{% call keys('touched') %}
    with authors as (
        select
            changed.key as author_id,
            min(changed.changed_at) as changed_at,
            min(known.observed_at) as first_observed_at
        from {{ changes('fct_authors') }} as changed
        left join {{ ref('fct_authors') }} as known on changed.key = known.author_id and known.follower_count is not null
        group by changed.key
    )

    select key from {{ changes('int_posts') }} as posts
    union all
    select key from {{ changes('int_metrics') }} as metrics
    union all
    select key from {{ changes('fct_engagement') }} as engagement
    union all
    -- what came out since, or came out before anything was known of its author, where that has changed
    select posts.post_id as key
    from {{ ref('int_posts') }} as posts
    inner join authors on posts.author_id = authors.author_id
    where
        coalesce(posts.published_at, posts.first_observed_at) >= authors.changed_at
        or coalesce(authors.changed_at <= authors.first_observed_at, true)
{% endcall %}

with nights as (
    select
        post_id,
        observed_date
    from {{ ref('fct_engagement') }}
    where {{ among('post_id') }}
    union
    select
        post_id,
        first_observed_date as observed_date
    from {{ ref('int_posts') }}
    where {{ among('post_id') }}
),

counted as (
    select
        nights.post_id,
        nights.observed_date,
        posts.channel_id,
        posts.author_id,
        coalesce(posts.published_at, posts.first_observed_at) as published_at,
        engagement.like_count,
        coalesce(
            engagement.view_count, engagement.pageview_count, engagement.impression_count, engagement.play_count, engagement.download_count
        ) as shown_count
    from nights
    inner join {{ ref('int_posts') }} as posts on nights.post_id = posts.post_id
    left join {{ ref('fct_engagement') }} as engagement
        on nights.post_id = engagement.post_id and nights.observed_date = engagement.observed_date
),

reported as (
    select
        post_id,
        observed_date,
        source_metric
    from {{ ref('int_metrics') }}
    where metric in ('views', 'pageviews', 'impressions', 'plays', 'downloads') and {{ among('post_id') }}
    qualify row_number() over (
        partition by post_id, observed_date
        order by list_position({{ list_of("'views'", "'pageviews'", "'impressions'", "'plays'", "'downloads'") }}, metric), source_metric
    ) = 1
),

audiences as (
    select
        author_id,
        observed_date,
        observed_at,
        follower_count
    from {{ ref('fct_authors') }}
    where follower_count is not null
),

first_audiences as (
    select * from audiences
    qualify row_number() over (partition by author_id order by observed_at) = 1
),

-- the audience when the post came out, or else the first one that was known by the night of the row
with_audience as (
    select
        counted.*,
        case when known.author_id is not null then known.follower_count else later.follower_count end as follower_count,
        coalesce(known.observed_at, later.observed_at) as audience_observed_at
    from counted
    {{ asof_join(
        'left', 'audiences', 'known', [('counted.author_id', 'author_id')], ('counted.published_at', '>=', 'observed_at')
    ) }}
    left join first_audiences as later
        on counted.author_id = later.author_id and counted.observed_date >= later.observed_date
),

with_rule as (
    select
        with_audience.*,
        rules.rule_version,
        rules.basis,
        case rules.basis when 'followers' then with_audience.follower_count when 'likes' then with_audience.like_count end as basis_count,
        rules.small_count,
        rules.large_count,
        rules.small_factor,
        rules.large_factor,
        rules.low_ratio,
        rules.high_ratio
    from with_audience
    left join {{ ref('reach_rules') }} as rules
        on
            with_audience.channel_id = rules.channel_id
            and with_audience.observed_date >= rules.valid_from
            and with_audience.observed_date < coalesce(rules.valid_to, date '9999-12-31')
),

estimated as (
    select
        *,
        basis_count * case
            when basis_count <= small_count then small_factor
            when basis_count >= large_count then large_factor
            else small_factor + (large_factor - small_factor) * (basis_count - small_count) / (large_count - small_count)
        end as estimate
    from with_rule
)

select
    estimated.post_id,
    estimated.observed_date,
    estimated.shown_count as reported_value,
    coalesce(estimated.shown_count, {{ as_count('round(estimated.estimate * estimated.low_ratio)') }}) as reach_low,
    coalesce(estimated.shown_count, {{ as_count('round(estimated.estimate)') }}) as reach_mid,
    coalesce(estimated.shown_count, {{ as_count('round(estimated.estimate * estimated.high_ratio)') }}) as reach_high,
    case
        when estimated.shown_count is not null then 'reported'
        when estimated.estimate is not null then 'estimated'
        else 'unknown'
    end as method,
    coalesce(reported.source_metric, case when estimated.estimate is not null then estimated.basis end) as source_metric,
    case when estimated.shown_count is null and estimated.estimate is not null then estimated.rule_version end as rule_version,
    estimated.follower_count,
    estimated.audience_observed_at > estimated.published_at as is_audience_later
from estimated
left join reported
    on estimated.post_id = reported.post_id and estimated.observed_date = reported.observed_date
