-- edges of customers alone: nobody else's exposures can be held against orders
with customers as (
    select distinct bridge.person_id
    from {{ ref('int_orders') }} as orders
    inner join {{ ref('bridge_persons_authors') }} as bridge on orders.customer_author_id = bridge.author_id
),

edges as (
    select
        edges.audience_person_id as person_id,
        edges.author_id,
        min(edges.first_at) as first_at
    from {{ ref('fct_influence_edges') }} as edges
    inner join customers on edges.audience_person_id = customers.person_id
    group by edges.audience_person_id, edges.author_id
),

mentions as (
    select
        mentions.post_id,
        mentions.author_id,
        mentions.brand_id,
        min(mentions.said_at) as said_at
    from {{ ref('fct_mentions') }} as mentions
    inner join {{ ref('fct_posts') }} as posts on mentions.post_id = posts.post_id
    where mentions.brand_id is not null and coalesce(mentions.stance != 'negative', true) and not posts.is_deleted
    group by mentions.post_id, mentions.author_id, mentions.brand_id
)

select
    edges.person_id,
    mentions.brand_id,
    mentions.post_id,
    mentions.author_id,
    mentions.said_at
from edges
inner join mentions on edges.author_id = mentions.author_id and edges.first_at <= mentions.said_at
