{{ config(materialized='keyed', key='post_id', tells=['cast(week_start_date as varchar)']) }}

{% call keys('touched') %}
    select key from {{ changes('fct_mentions') }} as mentions
    union all
    select key from {{ changes('fct_posts') }} as posts
    union all
    select key from {{ changes('fct_reach') }} as reach
    union all
    select post_id as key
    from {{ ref('fct_mentions') }}
    where author_id in (select key from {{ changes('bridge_persons_authors') }} as bridges)
{% endcall %}

with latest_reach as (
    select
        post_id,
        reach_mid
    from {{ ref('fct_reach') }}
    where {{ among('post_id') }}
    qualify row_number() over (partition by post_id order by observed_date desc) = 1
)

select
    mentions.mention_id,
    mentions.post_id,
    mentions.brand_id,
    posts.channel_id,
    cast(date_trunc('week', mentions.said_at) as date) as week_start_date,
    bridge.person_id,
    mentions.stance,
    {{ media_kind('mentions') }} as media_kind,
    latest_reach.reach_mid
from {{ ref('fct_mentions') }} as mentions
inner join {{ ref('fct_posts') }} as posts on mentions.post_id = posts.post_id
left join {{ ref('bridge_persons_authors') }} as bridge on mentions.author_id = bridge.author_id
left join latest_reach on mentions.post_id = latest_reach.post_id
where {{ among('mentions.post_id') }} and mentions.brand_id is not null and not posts.is_deleted
