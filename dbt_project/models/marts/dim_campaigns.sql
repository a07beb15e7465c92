with spent as (
    select
        campaign_id,
        min(spent_on) as first_spent_on,
        max(spent_on) as last_spent_on
    from {{ ref('stg_home__campaign_spend') }}
    group by campaign_id
),

contacts as (
    select
        campaign_id,
        count(distinct author_id) as contacted_author_count,
        count(distinct author_id) filter (where outcome = 'agreed') as agreed_author_count
    from {{ ref('stg_home__campaign_contacts') }}
    group by campaign_id
)

select
    campaigns.campaign_id,
    campaigns.campaign_name,
    campaigns.brand_id,
    campaigns.product_id,
    coalesce(campaigns.starts_on, spent.first_spent_on) as starts_on,
    campaigns.ends_on,
    campaigns.universe,
    coalesce(contacts.contacted_author_count, 0) as contacted_author_count,
    coalesce(contacts.agreed_author_count, 0) as agreed_author_count
from {{ ref('stg_home__campaigns') }} as campaigns
left join spent on campaigns.campaign_id = spent.campaign_id
left join contacts on campaigns.campaign_id = contacts.campaign_id
