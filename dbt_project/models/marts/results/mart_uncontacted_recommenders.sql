with contacted as (
    select distinct
        campaigns.brand_id,
        coalesce(bridge.person_id, contacts.author_id) as person_id
    from {{ ref('stg_home__campaign_contacts') }} as contacts
    inner join {{ ref('dim_campaigns') }} as campaigns on contacts.campaign_id = campaigns.campaign_id
    left join {{ ref('bridge_persons_authors') }} as bridge on contacts.author_id = bridge.author_id
),

on_lists as (
    select distinct person_id
    from {{ ref('int_list_members') }}
    where last_contacted_on is not null
),

recommendations as (
    select
        bridge.person_id,
        mentions.brand_id,
        mentions.author_id,
        mentions.post_id,
        mentions.said_at
    from {{ ref('fct_mentions') }} as mentions
    inner join {{ ref('dim_brands') }} as brands on mentions.brand_id = brands.brand_id and brands.is_ours
    inner join {{ ref('fct_posts') }} as posts on mentions.post_id = posts.post_id and not posts.is_deleted
    inner join {{ ref('bridge_persons_authors') }} as bridge on mentions.author_id = bridge.author_id
    inner join {{ ref('dim_persons') }} as persons on bridge.person_id = persons.person_id and persons.person_kind = 'person'
    where
        mentions.intent = 'recommends'
        and mentions.intent_confidence >= {{ var('min_intent_confidence') }}
        and coalesce(mentions.stance != 'negative', true)
        and not mentions.is_in_link_title
        and not coalesce(mentions.is_paid, false)
)

select
    recommendations.person_id,
    recommendations.brand_id,
    count(distinct recommendations.post_id) as post_count,
    count(distinct recommendations.author_id) as account_count,
    min(recommendations.said_at) as first_said_at,
    max(recommendations.said_at) as last_said_at,
    max_by(recommendations.post_id, (recommendations.said_at, recommendations.post_id)) as last_post_id
from recommendations
left join contacted
    on recommendations.person_id = contacted.person_id and recommendations.brand_id = contacted.brand_id
left join on_lists on recommendations.person_id = on_lists.person_id
where contacted.person_id is null and on_lists.person_id is null
group by recommendations.person_id, recommendations.brand_id
