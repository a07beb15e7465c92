with orders as (
    select
        conversions.conversion_id,
        conversions.brand_id,
        conversions.person_id as customer_person_id,
        conversions.converted_at,
        nullif(trim(orders.promo_code), '') as promo_code,
        orders.utm_source,
        orders.utm_medium,
        orders.utm_campaign,
        orders.utm_content,
        orders.referrer,
        nullif(trim(orders.heard_from), '') as heard_from
    from {{ ref('fct_conversions') }} as conversions
    inner join {{ ref('int_orders') }} as orders on conversions.conversion_id = orders.order_id
),

redeemed as (
    select
        orders.conversion_id,
        'code' as evidence_class,
        orders.converted_at as touched_at,
        codes.campaign_id,
        codes.author_id,
        upper(orders.promo_code) as evidence
    from orders
    left join {{ ref('stg_home__campaign_codes') }} as codes
        on
            lower(orders.promo_code) = lower(codes.code)
            and cast(orders.converted_at as date) >= coalesce(codes.valid_from, date '1970-01-01')
    where orders.promo_code is not null
    qualify row_number() over (
        partition by orders.conversion_id
        order by codes.valid_from desc nulls last, codes.campaign_id asc nulls last, codes.author_id asc nulls last
    ) = 1
),

followed as (
    select
        orders.conversion_id,
        'link' as evidence_class,
        orders.converted_at as touched_at,
        links.campaign_id,
        links.author_id,
        links.post_id,
        concat_ws(' / ', orders.utm_source, orders.utm_medium, orders.utm_campaign, orders.utm_content) as evidence
    from orders
    left join {{ ref('stg_home__campaign_links') }} as links
        on
            coalesce(links.utm_source, links.utm_campaign, links.utm_content) is not null
            and coalesce(orders.utm_source = links.utm_source, links.utm_source is null)
            and coalesce(orders.utm_campaign = links.utm_campaign, links.utm_campaign is null)
            and coalesce(orders.utm_content = links.utm_content, links.utm_content is null)
    where coalesce(orders.utm_source, orders.utm_medium, orders.utm_campaign, orders.utm_content) is not null
    qualify row_number() over (
        partition by orders.conversion_id
        order by
            cast(links.utm_source is not null as integer)
            + cast(links.utm_campaign is not null as integer)
            + cast(links.utm_content is not null as integer) desc,
            links.campaign_id asc nulls last,
            links.author_id asc nulls last
    ) = 1
),

own_domains as (
    select distinct lower(term) as domain
    from {{ ref('stg_home__brand_terms') }}
    where kind = 'domain'
),

-- a click within the brand's own site is no evidence of anything
came_from as (
    select
        conversion_id,
        converted_at,
        {{ canonical_url('referrer') }} as canonical_url,
        {{ host_of('referrer') }} as host
    from orders
    where {{ is_web_address('referrer') }} and {{ host_of('referrer') }} not in (select own_domains.domain from own_domains)
),

post_pages as (
    select
        canonical_url,
        post_id,
        author_id
    from {{ ref('int_posts') }}
    where canonical_url is not null
    qualify row_number() over (partition by canonical_url order by published_at nulls last, post_id) = 1
),

author_pages as (
    select
        canonical_url,
        min(author_id) as author_id
    from {{ ref('int_author_addresses') }}
    group by canonical_url
    having count(*) = 1
),

referred as (
    select
        came_from.conversion_id,
        'referrer' as evidence_class,
        came_from.converted_at as touched_at,
        coalesce(post_pages.author_id, own_page.author_id, own_site.author_id) as author_id,
        post_pages.post_id,
        came_from.host as evidence
    from came_from
    left join post_pages on came_from.canonical_url = post_pages.canonical_url
    left join author_pages as own_page on came_from.canonical_url = own_page.canonical_url
    left join author_pages as own_site on 'https://' || came_from.host = own_site.canonical_url
),

-- an answer names an author by handle, with or without its server, or by name, if only one person who had spoken of the brand goes by it
speakers as (
    select
        brand_id,
        author_id,
        min(said_at) as said_at
    from {{ ref('fct_mentions') }}
    where brand_id is not null and author_id is not null
    group by brand_id, author_id
),

called as (
    select
        speakers.brand_id,
        speakers.author_id,
        speakers.said_at,
        bridge.person_id,
        lower(authors.display_name) as display_name,
        trim(leading '@' from lower(authors.handle)) as handle
    from speakers
    inner join {{ ref('dim_authors') }} as authors on speakers.author_id = authors.author_id and authors.is_current
    inner join {{ ref('bridge_persons_authors') }} as bridge on speakers.author_id = bridge.author_id
),

names as (
    select
        brand_id,
        author_id,
        person_id,
        said_at,
        {{ each(list_of('handle', "split_part(handle, '@', 1)", 'display_name')) }} as name
    from called
),

named as (
    select
        orders.conversion_id,
        min(names.author_id) as author_id
    from orders
    inner join names
        on
            orders.brand_id = names.brand_id
            and trim(leading '@' from lower(orders.heard_from)) = names.name
            and orders.converted_at > names.said_at
    group by orders.conversion_id
    having count(distinct names.person_id) = 1
),

answered as (
    select
        orders.conversion_id,
        'survey' as evidence_class,
        orders.converted_at as touched_at,
        named.author_id,
        lower(orders.heard_from) as evidence
    from orders
    left join named on orders.conversion_id = named.conversion_id
    where orders.heard_from is not null
),

seen as (
    select
        orders.conversion_id,
        'view_through' as evidence_class,
        exposures.said_at as touched_at,
        exposures.author_id,
        exposures.post_id,
        exposures.post_id as evidence
    from orders
    inner join {{ ref('int_exposures') }} as exposures
        on
            orders.customer_person_id = exposures.person_id
            and orders.brand_id = exposures.brand_id
            and orders.converted_at > exposures.said_at
    where {{ days_from('exposures.said_at', 'orders.converted_at') }} <= {{ var('touch_window_days') }}
),

touches as (
    select
        conversion_id,
        evidence_class,
        touched_at,
        campaign_id,
        author_id,
        cast(null as string) as post_id,
        evidence
    from redeemed
    union all
    select
        conversion_id,
        evidence_class,
        touched_at,
        campaign_id,
        author_id,
        post_id,
        evidence
    from followed
    union all
    select
        conversion_id,
        evidence_class,
        touched_at,
        cast(null as string) as campaign_id,
        author_id,
        post_id,
        evidence
    from referred
    union all
    select
        conversion_id,
        evidence_class,
        touched_at,
        cast(null as string) as campaign_id,
        author_id,
        cast(null as string) as post_id,
        evidence
    from answered
    union all
    select
        conversion_id,
        evidence_class,
        touched_at,
        cast(null as string) as campaign_id,
        author_id,
        post_id,
        evidence
    from seen
)

select
    {{ hashed_key(['touches.conversion_id', 'touches.evidence_class', 'touches.post_id']) }} as touch_id,
    touches.conversion_id,
    touches.evidence_class,
    touches.touched_at,
    touches.author_id,
    bridge.person_id,
    touches.post_id,
    touches.campaign_id,
    touches.evidence,
    coalesce(bridge.person_id, touches.author_id, touches.evidence_class || ' ' || touches.evidence) as player_id
from touches
left join {{ ref('bridge_persons_authors') }} as bridge on touches.author_id = bridge.author_id
