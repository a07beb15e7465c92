{{ config(materialized='keyed', key='coalesce(customer_id, person_id)') }}

{% call keys('told') %}
    select key from {{ changes('fct_mentions') }} as mentions
    union all
    select key from {{ changes('fct_posts') }} as posts
    union all
    select key from {{ changes('fct_interactions') }} as interactions
{% endcall %}

-- who wrote these posts or acts, adopted by them until now, or points at them; persons that changed; customers of changed orders
{% call keys('touched') %}
    select bridge.person_id as key
    from {{ ref('fct_posts') }} as posts
    inner join {{ ref('bridge_persons_authors') }} as bridge on posts.author_id = bridge.author_id
    where posts.post_id in {{ keys_of('told') }}
    union all
    select person_id as key from {{ ref('bridge_persons_authors') }} where author_id in {{ keys_of('told') }}
    union all
    select bridge.person_id as key
    from {{ ref('fct_interactions') }} as acts
    inner join {{ ref('bridge_persons_authors') }} as bridge on acts.actor_author_id = bridge.author_id
    where acts.target_post_id in {{ keys_of('told') }}
    union all
    select bridge.person_id as key
    from {{ ref('fct_interactions') }} as acts
    inner join {{ ref('fct_posts') }} as posts on acts.post_id = posts.post_id
    inner join {{ ref('bridge_persons_authors') }} as bridge on posts.author_id = bridge.author_id
    where acts.target_post_id in {{ keys_of('told') }}
    union all
    select person_id as key
    from {{ this }}
    where
        post_id in {{ keys_of('told') }}
        or explicit_source_post_id in {{ keys_of('told') }}
        or explicit_source_author_id in (select key from {{ changes('bridge_persons_authors') }} as bridges)
    union all
    select key from {{ changes('bridge_persons_authors') }} as bridges
    union all
    select key from {{ changes('dim_persons') }} as persons
    union all
    select key from {{ changes('fct_conversions') }} as conversions
{% endcall %}

-- posts that touched persons answer, quote, link to or reposted
{% call keys('pointed') %}
    select acts.target_post_id as key
    from {{ ref('fct_interactions') }} as acts
    left join {{ ref('fct_posts') }} as posts on acts.post_id = posts.post_id
    left join {{ ref('bridge_persons_authors') }} as writer on posts.author_id = writer.author_id
    left join {{ ref('bridge_persons_authors') }} as actor on acts.actor_author_id = actor.author_id
    where
        acts.kind in ('reply', 'quote', 'link', 'repost')
        and (writer.person_id in {{ keys_of('touched') }} or actor.person_id in {{ keys_of('touched') }})
{% endcall %}

with mentions as (
    select
        mentions.mention_id,
        mentions.post_id,
        mentions.author_id,
        bridge.person_id,
        mentions.brand_id,
        case when mentions.product_id is null then 'brand' else 'product' end as object_kind,
        coalesce(mentions.product_id, mentions.brand_id) as object_id,
        mentions.said_at,
        coalesce(mentions.adopted_at, mentions.said_at) as adopted_at,
        case when mentions.adopted_at is null then mentions.said_at else mentions.adopted_from end as adopted_from,
        coalesce(mentions.adopted_until, mentions.said_at) as adopted_until,
        mentions.published_at is null or mentions.adopted_at is not null as is_time_estimated,
        coalesce(mentions.adoption_time != 'since_long', true) as is_new,
        mentions.adoption_time,
        mentions.is_in_link_title,
        mentions.stance,
        case when mentions.intent in ('bought', 'gifted', 'owns', 'recommends') then mentions.intent else 'owns' end as intent,
        mentions.adoption_probability,
        mentions.is_paid,
        mentions.span_start,
        mentions.sentence
    from {{ ref('fct_mentions') }} as mentions
    inner join {{ ref('fct_posts') }} as posts on mentions.post_id = posts.post_id
    inner join {{ ref('bridge_persons_authors') }} as bridge on mentions.author_id = bridge.author_id
    where
        mentions.brand_id is not null
        and not posts.is_deleted
        and ({{ among('bridge.person_id') }} or {{ among('mentions.post_id', 'pointed') }})
),

said as (
    select mentions.*
    from mentions
    inner join {{ ref('dim_persons') }} as persons on mentions.person_id = persons.person_id
    where
        {{ among('mentions.person_id') }}
        and persons.person_kind not in ({{ kinds_apart() }})
        and not mentions.is_in_link_title
        and mentions.adoption_probability >= {{ var('min_adoption_probability') }}
        and coalesce(mentions.adoption_time != 'future', true)
        and not (mentions.intent = 'recommends' and coalesce(mentions.stance = 'negative', false))
    qualify row_number() over (
        partition by mentions.person_id, mentions.object_kind, mentions.object_id
        order by
            mentions.adopted_until asc nulls last,
            mentions.said_at asc,
            case mentions.intent when 'bought' then 1 when 'gifted' then 2 when 'owns' then 3 else 4 end asc,
            mentions.adoption_probability desc,
            mentions.post_id asc,
            mentions.span_start asc nulls last,
            mentions.mention_id asc
    ) = 1
),

ordered as (
    select
        conversion_id,
        customer_id,
        person_id,
        brand_id,
        case when product_id is null then 'brand' else 'product' end as object_kind,
        coalesce(product_id, brand_id) as object_id,
        converted_at,
        is_time_estimated,
        case kind when 'sign_up' then 'signed_up' else 'ordered' end as adoption_kind
    from {{ ref('fct_conversions') }}
    where coalesce(customer_id, person_id) is not null and {{ among('coalesce(customer_id, person_id)') }}
    qualify row_number() over (
        partition by coalesce(customer_id, person_id), object_kind, object_id order by converted_at, conversion_id
    ) = 1
),

-- what the adopter points at: the post that theirs answers, quotes or links, and posts that they had reposted
pointed as (
    select
        said.person_id,
        said.object_kind,
        said.object_id,
        acts.target_post_id
    from said
    inner join {{ ref('fct_interactions') }} as acts on said.post_id = acts.post_id and acts.kind in ('reply', 'quote', 'link')
    union
    select
        said.person_id,
        said.object_kind,
        said.object_id,
        acts.target_post_id
    from said
    inner join {{ ref('bridge_persons_authors') }} as bridge on said.person_id = bridge.person_id
    inner join {{ ref('fct_interactions') }} as acts
        on bridge.author_id = acts.actor_author_id and acts.kind = 'repost' and said.said_at >= acts.occurred_at
),

explicit_sources as (
    select
        said.person_id,
        said.object_kind,
        said.object_id,
        sources.author_id,
        sources.post_id
    from said
    inner join pointed
        on said.person_id = pointed.person_id and said.object_kind = pointed.object_kind and said.object_id = pointed.object_id
    inner join mentions as sources
        on
            pointed.target_post_id = sources.post_id
            and said.person_id != sources.person_id
            and said.brand_id = sources.brand_id
            and (said.object_kind = 'brand' or said.object_id = sources.object_id)
            and said.is_new
            and said.adopted_at >= sources.said_at
            and said.said_at <= sources.said_at + interval 14 day
    qualify row_number() over (
        partition by said.person_id, said.object_kind, said.object_id order by sources.said_at desc, sources.post_id asc
    ) = 1
)

select
    {{ hashed_key(["'person'", 'said.person_id', 'said.object_kind', 'said.object_id']) }} as adoption_id,
    'person' as adopter_kind,
    said.person_id,
    cast(null as string) as customer_id,
    said.object_kind,
    said.object_id,
    said.brand_id,
    said.adopted_at,
    said.adopted_from,
    said.adopted_until,
    said.is_time_estimated,
    said.is_new,
    said.said_at as known_at,
    said.intent as adoption_kind,
    said.post_id,
    said.mention_id,
    cast(null as string) as order_id,
    said.adoption_probability,
    said.is_paid,
    explicit_sources.author_id as explicit_source_author_id,
    explicit_sources.post_id as explicit_source_post_id,
    said.sentence as evidence
from said
left join explicit_sources
    on
        said.person_id = explicit_sources.person_id
        and said.object_kind = explicit_sources.object_kind
        and said.object_id = explicit_sources.object_id
union all
select
    {{ hashed_key(["'customer'", 'coalesce(customer_id, person_id)', 'object_kind', 'object_id']) }} as adoption_id,
    'customer' as adopter_kind,
    person_id,
    customer_id,
    object_kind,
    object_id,
    brand_id,
    converted_at as adopted_at,
    converted_at as adopted_from,
    converted_at as adopted_until,
    is_time_estimated,
    true as is_new,
    converted_at as known_at,
    adoption_kind,
    null as post_id,
    null as mention_id,
    conversion_id as order_id,
    null as adoption_probability,
    null as is_paid,
    null as explicit_source_author_id,
    null as explicit_source_post_id,
    null as evidence
from ordered
