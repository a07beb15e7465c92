-- Who warns of a brand, complains of it, gave it back or asks about it moves nobody to it: such mentions neither cause adoptions nor count
-- as exposure.
with said as (
    select
        mentions.*,
        bridge.person_id
    from {{ ref('fct_mentions') }} as mentions
    inner join {{ ref('fct_posts') }} as posts on mentions.post_id = posts.post_id
    inner join {{ ref('bridge_persons_authors') }} as bridge on mentions.author_id = bridge.author_id
    cross join {{ ref('int_score_night') }} as night
    where
        mentions.brand_id is not null
        and not posts.is_deleted
        and coalesce(mentions.stance != 'negative', true)
        and not (
            coalesce(mentions.intent in ('asks_advice', 'complains', 'returned'), false)
            and mentions.intent_confidence >= {{ var('min_intent_confidence') }}
        )
        and mentions.said_at >= night.begins_at
        and mentions.said_at < night.ends_at
),

of_objects as (
    select
        'brand' as object_kind,
        'brand:' || brand_id as object_id,
        *
    from said
    union all
    select
        'product' as object_kind,
        'product:' || product_id as object_id,
        *
    from said
    where product_id is not null
)

select
    object_kind || ' ' || mention_id as mention_id,
    mention_id as source_mention_id,
    post_id,
    author_id,
    person_id,
    object_id,
    said_at
from of_objects
qualify row_number() over (partition by post_id, object_id order by span_start asc nulls last, mention_id asc) = 1
