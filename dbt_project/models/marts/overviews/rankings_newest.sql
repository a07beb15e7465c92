-- what a mention counts for: its brand, its product, its brand's topics, its channel, and all of it
with scopes as (
    select
        scope_kind,
        scope_id,
        split_part(object_id, ':', 2) as brand_id,
        cast(null as string) as product_id
    from {{ ref('int_score_scopes') }}
    where scope_kind in ('brand', 'topic')
    union all
    select
        scope_kind,
        scope_id,
        cast(null as string) as brand_id,
        scope_id as product_id
    from {{ ref('int_score_scopes') }}
    where scope_kind = 'product'
),

-- narrow: what is quoted is looked up at the end, by the one mention that is chosen
mentions as (
    select
        mentions.mention_id,
        mentions.person_id,
        mentions.brand_id,
        mentions.product_id,
        mentions.channel,
        mentions.media_kind,
        mentions.said_at,
        mentions.sentence is not null as is_quotable,
        mentions.stance,
        mentions.stance_score,
        mentions.intent
    from {{ ref('mentions_enriched') }} as mentions
    cross join {{ ref('int_score_night') }} as night
    where
        mentions.person_id is not null
        and mentions.brand_id is not null
        and mentions.said_at >= night.begins_at
        and mentions.said_at < night.ends_at
),

said as (
    select
        scopes.scope_kind,
        scopes.scope_id,
        mentions.*
    from mentions
    inner join scopes on mentions.brand_id = scopes.brand_id
    union all
    select
        scopes.scope_kind,
        scopes.scope_id,
        mentions.*
    from mentions
    inner join scopes on mentions.product_id = scopes.product_id
    union all
    select
        'channel' as scope_kind,
        mentions.channel as scope_id,
        mentions.*
    from mentions
    union all
    select
        'all' as scope_kind,
        'all' as scope_id,
        mentions.*
    from mentions
),

counted as (
    select
        scope_kind,
        scope_id,
        person_id,
        count(*) filter (where media_kind = 'earned') as earned_mention_count,
        count(*) filter (where media_kind = 'paid') as paid_mention_count,
        max(said_at) as last_said_at
    from said
    group by scope_kind, scope_id, person_id
),

-- who is credited is quoted with what moved most; who is not, with the warmest word
moving as (
    select
        evidence.scope_kind,
        evidence.scope_id,
        evidence.person_id,
        evidence.mention_id,
        sum(evidence.credit) as credit
    from {{ ref('stg_rankings__evidence') }} as evidence
    where evidence.mention_id is not null
    group by evidence.scope_kind, evidence.scope_id, evidence.person_id, evidence.mention_id
),

chosen as (
    select
        said.scope_kind,
        said.scope_id,
        said.person_id,
        said.mention_id
    from said
    left join moving
        on
            said.scope_kind = moving.scope_kind
            and said.scope_id = moving.scope_id
            and said.person_id = moving.person_id
            and said.mention_id = moving.mention_id
    where said.is_quotable and (moving.credit > 0 or said.stance = 'positive')
    qualify
        row_number() over (
            partition by said.scope_kind, said.scope_id, said.person_id
            order by
                moving.credit desc nulls last, said.intent = 'recommends' desc, said.stance_score desc nulls last, said.said_at desc,
                said.mention_id asc
        ) = 1
),

quoted as (
    select
        chosen.scope_kind,
        chosen.scope_id,
        chosen.person_id,
        mentions.sentence,
        mentions.url,
        mentions.said_at,
        mentions.post_id
    from chosen
    inner join {{ ref('mentions_enriched') }} as mentions on chosen.mention_id = mentions.mention_id
),

evidence as (
    select
        scope_kind,
        scope_id,
        person_id,
        count(distinct adoption_id) as evidence_count
    from {{ ref('stg_rankings__evidence') }}
    group by scope_kind, scope_id, person_id
)

select
    ranked.as_of_date as ranked_on,
    ranked.scope_kind,
    ranked.scope_id,
    brands.brand_name as brand,
    products.product_name as product,
    topics.topic_name as topic,
    channels.channel_name as channel,
    ranked.rank,
    ranked.rank_low,
    ranked.rank_high,
    coalesce(persons.person, ranked.person_id) as person,
    persons.handle,
    persons.platform,
    persons.channels,
    persons.url,
    persons.handles,
    persons.language,
    persons.audience,
    persons.peer_count,
    ranked.evidence_class,
    ranked.impact,
    ranked.impact_low,
    ranked.impact_high,
    coalesce(evidence.evidence_count, 0) as evidence_count,
    ranked.credit,
    ranked.data_weight,
    ranked.safe_rank,
    ranked.safe_impact,
    ranked.rate_rank,
    ranked.rate,
    ranked.mention_count,
    coalesce(counted.earned_mention_count, 0) as earned_mention_count,
    coalesce(counted.paid_mention_count, 0) as paid_mention_count,
    quoted.sentence as best_quote,
    quoted.url as best_quote_url,
    quoted.said_at as best_quote_at,
    quoted.post_id as best_quote_post_id,
    coalesce(persons.is_contacted, false) as is_contacted,
    persons.last_contacted_on,
    persons.lists,
    persons.list_status,
    counted.last_said_at,
    persons.last_active_at,
    ranked.person_id
from {{ ref('stg_rankings__newest') }} as ranked
left join {{ ref('persons_overview') }} as persons on ranked.person_id = persons.person_id
left join {{ ref('dim_brands') }} as brands on case when ranked.scope_kind = 'brand' then ranked.scope_id end = brands.brand_id
left join {{ ref('dim_products') }} as products on case when ranked.scope_kind = 'product' then ranked.scope_id end = products.product_id
left join {{ ref('dim_topics') }} as topics on case when ranked.scope_kind = 'topic' then ranked.scope_id end = topics.topic_id
left join {{ ref('dim_channels') }} as channels on case when ranked.scope_kind = 'channel' then ranked.scope_id end = channels.channel_id
left join counted
    on ranked.scope_kind = counted.scope_kind and ranked.scope_id = counted.scope_id and ranked.person_id = counted.person_id
left join quoted
    on ranked.scope_kind = quoted.scope_kind and ranked.scope_id = quoted.scope_id and ranked.person_id = quoted.person_id
left join evidence
    on ranked.scope_kind = evidence.scope_kind and ranked.scope_id = evidence.scope_id and ranked.person_id = evidence.person_id
