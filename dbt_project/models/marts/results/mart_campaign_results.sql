with campaigns as (
    select
        *,
        cast(starts_on as {{ timestamptz() }}) as starts_at,
        cast(coalesce(ends_on, date '9999-12-30') + 1 as {{ timestamptz() }}) as ends_at
    from {{ ref('dim_campaigns') }}
),

spent as (
    select
        campaign_id,
        currency,
        sum(amount) as spend
    from {{ ref('fct_spend') }}
    group by campaign_id, currency
),

partners as (
    select distinct
        contacts.campaign_id,
        coalesce(own.author_id, contacts.author_id) as author_id
    from {{ ref('stg_home__campaign_contacts') }} as contacts
    left join {{ ref('bridge_persons_authors') }} as bridge on contacts.author_id = bridge.author_id
    left join {{ ref('bridge_persons_authors') }} as own on bridge.person_id = own.person_id
    where contacts.outcome = 'agreed'
),

adoptions as (
    select
        campaigns.campaign_id,
        {{ sum_in_order('credits.credit', 'credits.adoption_id, credits.author_id') }} as incremental_adoptions
    from campaigns
    inner join partners on campaigns.campaign_id = partners.campaign_id
    inner join {{ ref('stg_attribution__adoption_credits') }} as credits
        on
            partners.author_id = credits.author_id
            and campaigns.brand_id = credits.brand_id
            and campaigns.starts_at <= credits.adopted_at
            and campaigns.ends_at > credits.adopted_at
    group by campaigns.campaign_id
),

-- what its codes and links say, by the last touch; and what the score credits its partners with, code or none
sold as (
    select
        campaigns.campaign_id,
        shares.currency,
        {{ sum_in_order('shares.credit', 'shares.conversion_id, shares.touch_id') }}
        filter (where shares.model = 'last') as traced_conversions,
        sum(shares.net_revenue) filter (where shares.model = 'last') as traced_net_revenue,
        {{ sum_in_order('shares.credit', 'shares.conversion_id, shares.touch_id') }}
        filter (where shares.model = 'influence') as influenced_conversions,
        sum(shares.net_revenue) filter (where shares.model = 'influence') as influenced_net_revenue
    from {{ ref('fct_attribution') }} as shares
    inner join campaigns
        on
            shares.brand_id = campaigns.brand_id
            and shares.converted_at >= campaigns.starts_at
            and shares.converted_at < campaigns.ends_at
    left join partners on campaigns.campaign_id = partners.campaign_id and shares.author_id = partners.author_id
    where
        (shares.model = 'last' and shares.campaign_id = campaigns.campaign_id)
        or (shares.model = 'influence' and partners.author_id is not null)
    group by campaigns.campaign_id, shares.currency
),

posts as (
    select distinct
        campaigns.campaign_id,
        campaigns.universe,
        mentions.post_id,
        mentions.author_id
    from campaigns
    inner join partners on campaigns.campaign_id = partners.campaign_id
    inner join {{ ref('fct_mentions') }} as mentions
        on
            partners.author_id = mentions.author_id
            and campaigns.brand_id = mentions.brand_id
            and campaigns.starts_at <= mentions.said_at
            and campaigns.ends_at > mentions.said_at
),

seen as (
    select
        post_id,
        reach_mid,
        method
    from {{ ref('fct_reach') }}
    qualify row_number() over (partition by post_id order by observed_date desc) = 1
),

reached as (
    select
        posts.campaign_id,
        count(*) as post_count,
        count(seen.reach_mid) as reach_post_count,
        count(*) filter (where seen.method = 'reported') as reach_reported_post_count,
        max(seen.reach_mid) as reach_at_least,
        {{ as_count('least(sum(seen.reach_mid), coalesce(max(posts.universe), sum(seen.reach_mid)))') }} as reach_at_most,
        cast(round(max(posts.universe) * (
            1 - exp(
                {{ sum_in_order('ln(greatest(1 - least(seen.reach_mid / cast(posts.universe as double), 1), 1e-12))', 'posts.post_id') }}
                filter (where seen.reach_mid is not null)
            )
        )) as bigint) as reach_sainsbury
    from posts
    left join seen on posts.post_id = seen.post_id
    group by posts.campaign_id
),

speakers as (
    select distinct
        campaign_id,
        author_id
    from posts
),

heard as (
    select
        speakers.campaign_id,
        count(distinct edges.audience_person_id) as known_audience
    from speakers
    inner join {{ ref('fct_influence_edges') }} as edges on speakers.author_id = edges.author_id
    group by speakers.campaign_id
),

newest as (
    select
        posts.campaign_id,
        shown.channel_id,
        engagement.observed_date,
        engagement.view_count,
        engagement.like_count,
        engagement.comment_count,
        engagement.share_count
    from posts
    inner join {{ ref('fct_posts') }} as shown on posts.post_id = shown.post_id
    inner join {{ ref('fct_engagement') }} as engagement on posts.post_id = engagement.post_id
    qualify row_number() over (partition by posts.campaign_id, posts.post_id order by engagement.observed_date desc) = 1
),

engaged as (
    {%- for metric in ['view', 'like', 'comment', 'share'] %}
        select
            campaign_id,
            channel_id,
            observed_date,
            '{{ metric }}s' as metric,
            {{ metric }}_count as counted
        from newest
        {%- if not loop.last %}
            union all
        {%- endif %}
    {%- endfor %}
),

valued as (
    select
        engaged.campaign_id,
        unit.currency,
        {{ as_amount('sum(cast(engaged.counted as double) * unit.unit_value)') }} as earned_media_value,
        max(unit.rule_version) as unit_value_version
    from engaged
    inner join {{ ref('stg_home__unit_values') }} as unit
        on
            engaged.metric = unit.metric
            and coalesce(engaged.channel_id = unit.channel_id, unit.channel_id is null)
            and engaged.observed_date >= unit.valid_from
            and engaged.observed_date < coalesce(unit.valid_to, date '9999-12-31')
    group by engaged.campaign_id, unit.currency
),

outcomes as (
    select
        arms.campaign_id,
        arms.author_id,
        arms.arm,
        coalesce({{ sum_in_order('credits.credit', 'credits.adoption_id') }}, 0) as outcome
    from {{ ref('stg_home__campaign_hold_outs') }} as arms
    inner join campaigns on arms.campaign_id = campaigns.campaign_id
    left join {{ ref('stg_attribution__adoption_credits') }} as credits
        on
            arms.author_id = credits.author_id
            and campaigns.brand_id = credits.brand_id
            and campaigns.starts_at <= credits.adopted_at
            and campaigns.ends_at > credits.adopted_at
    group by arms.campaign_id, arms.author_id, arms.arm
),

lifts as (
    select
        campaign_id,
        count(*) filter (where arm = 'treated') as treated_count,
        count(*) filter (where arm = 'held_out') as held_out_count,
        avg(outcome) filter (where arm = 'treated') - avg(outcome) filter (where arm = 'held_out') as lift,
        sqrt(
            var_samp(outcome) filter (where arm = 'treated') / count(*) filter (where arm = 'treated')
            + var_samp(outcome) filter (where arm = 'held_out') / count(*) filter (where arm = 'held_out')
        ) as standard_error
    from outcomes
    group by campaign_id
),

currencies as (
    select
        campaign_id,
        currency
    from spent
    union
    select
        campaign_id,
        currency
    from sold
    union
    select
        campaign_id,
        currency
    from valued
)

select
    campaigns.campaign_id,
    currencies.currency,
    campaigns.brand_id,
    campaigns.starts_on,
    {{ as_amount('coalesce(spent.spend, 0)') }} as spend,
    coalesce(adoptions.incremental_adoptions, 0) as incremental_adoptions,
    {{ as_amount(rounded('spent.spend / nullif(adoptions.incremental_adoptions, 0)', 2)) }} as cost_per_incremental_adoption,
    coalesce(sold.traced_conversions, 0) as traced_conversions,
    {{ as_amount('coalesce(sold.traced_net_revenue, 0)') }} as traced_net_revenue,
    {{ as_amount(rounded('spent.spend / nullif(sold.traced_conversions, 0)', 2)) }} as cost_per_traced_conversion,
    coalesce(sold.influenced_conversions, 0) as influenced_conversions,
    {{ as_amount('coalesce(sold.influenced_net_revenue, 0)') }} as influenced_net_revenue,
    cast(sold.traced_net_revenue as double) / nullif(spent.spend, 0) as traced_return_on_spend,
    cast(sold.influenced_net_revenue as double) / nullif(spent.spend, 0) as influenced_return_on_spend,
    coalesce(reached.post_count, 0) as post_count,
    coalesce(reached.reach_post_count, 0) as reach_post_count,
    coalesce(reached.reach_reported_post_count, 0) as reach_reported_post_count,
    reached.reach_at_least,
    reached.reach_at_most,
    reached.reach_sainsbury,
    coalesce(heard.known_audience, 0) as known_audience,
    valued.earned_media_value,
    valued.unit_value_version,
    lifts.lift,
    lifts.lift - 1.96 * lifts.standard_error as lift_low,
    lifts.lift + 1.96 * lifts.standard_error as lift_high,
    case
        when lifts.campaign_id is null then 'no authors are held out: there is no experiment'
        when lifts.treated_count < 2 or lifts.held_out_count < 2 then 'fewer than two authors in an arm'
    end as lift_reason
from currencies
inner join campaigns on currencies.campaign_id = campaigns.campaign_id
left join spent on currencies.campaign_id = spent.campaign_id and currencies.currency = spent.currency
left join sold on currencies.campaign_id = sold.campaign_id and currencies.currency = sold.currency
left join valued on currencies.campaign_id = valued.campaign_id and currencies.currency = valued.currency
left join adoptions on currencies.campaign_id = adoptions.campaign_id
left join reached on currencies.campaign_id = reached.campaign_id
left join heard on currencies.campaign_id = heard.campaign_id
left join lifts on currencies.campaign_id = lifts.campaign_id
