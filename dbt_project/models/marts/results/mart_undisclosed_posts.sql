{{ config(materialized='keyed', key='post_id') }}

{% call keys('touched') %}
    select key from {{ changes('fct_posts') }} as posts
    union all
    select key from {{ changes('int_posts') }} as shown
    union all
    select key from {{ changes('int_post_links') }} as links
    union all
    select key from {{ changes('fct_mentions') }} as mentions
    union all
    select posts.post_id as key
    from {{ ref('fct_posts') }} as posts
    inner join {{ ref('bridge_persons_authors') }} as bridge on posts.author_id = bridge.author_id
    where
        bridge.person_id in (select key from {{ changes('bridge_persons_authors') }} as changed)
        or bridge.author_id in (select key from {{ changes('bridge_persons_authors') }} as changed)
{% endcall %}

with posts as (
    select
        posts.post_id,
        posts.author_id,
        bridge.person_id,
        posts.url,
        upper(posts.text) as capitals,
        posts.disclosure_class,
        coalesce(posts.published_at, posts.first_observed_at) as said_at
    from {{ ref('fct_posts') }} as posts
    inner join {{ ref('bridge_persons_authors') }} as bridge on posts.author_id = bridge.author_id
    inner join {{ ref('int_posts') }} as shown on posts.post_id = shown.post_id
    where
        {{ among('posts.post_id') }}
        and not posts.is_deleted
        and posts.disclosure_class != 'clear'
        and not coalesce(shown.is_paid_partnership, false)
),

codes as (
    select
        campaign_id,
        upper(code) as code
    from {{ ref('stg_home__campaign_codes') }}
),

partners as (
    select
        contacts.campaign_id,
        campaigns.brand_id,
        coalesce(bridge.person_id, contacts.author_id) as person_id,
        min(contacts.contacted_on) as agreed_on
    from {{ ref('stg_home__campaign_contacts') }} as contacts
    inner join {{ ref('dim_campaigns') }} as campaigns on contacts.campaign_id = campaigns.campaign_id
    left join {{ ref('bridge_persons_authors') }} as bridge on contacts.author_id = bridge.author_id
    where contacts.outcome = 'agreed'
    group by contacts.campaign_id, campaigns.brand_id, coalesce(bridge.person_id, contacts.author_id)
),

found as (
    select
        posts.post_id,
        codes.campaign_id,
        'code' as sign
    from posts
    inner join codes on {{ has_word('posts.capitals', 'codes.code') }}
    union all
    select
        posts.post_id,
        links.campaign_id,
        'link' as sign
    from posts
    inner join {{ ref('int_post_links') }} as carried on posts.post_id = carried.post_id
    inner join {{ ref('stg_home__campaign_links') }} as links
        on
            contains(carried.url, 'utm_')
            and coalesce(links.utm_source, links.utm_campaign, links.utm_content) is not null
            and coalesce(contains(carried.url, 'utm_source=' || links.utm_source), true)
            and coalesce(contains(carried.url, 'utm_campaign=' || links.utm_campaign), true)
            and coalesce(contains(carried.url, 'utm_content=' || links.utm_content), true)
    union all
    select
        posts.post_id,
        partners.campaign_id,
        'partner' as sign
    from posts
    inner join partners on posts.person_id = partners.person_id and cast(posts.said_at as date) >= partners.agreed_on
    inner join {{ ref('fct_mentions') }} as mentions on posts.post_id = mentions.post_id and partners.brand_id = mentions.brand_id
)

select
    posts.post_id,
    found.campaign_id,
    posts.author_id,
    posts.person_id,
    posts.said_at,
    posts.url,
    posts.disclosure_class,
    bool_or(found.sign = 'code') as has_code,
    bool_or(found.sign = 'link') as has_link,
    bool_or(found.sign = 'partner') as is_by_partner
from found
inner join posts on found.post_id = posts.post_id
group by
    posts.post_id, found.campaign_id, posts.author_id, posts.person_id, posts.said_at, posts.url, posts.disclosure_class
