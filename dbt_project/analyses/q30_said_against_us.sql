-- What was said against a brand, the newest first: complaints, returns and other clear criticism by people, with how far each went.
with asked as (
    select
        cast(null as varchar) as brand,  -- a brand's id or name; all of ours by default
        cast(null as varchar) as channel,  -- a channel's id; all by default
        cast(null as date) as since,  -- the first day; all by default
        cast(null as date) as until,  -- the last day; the newest by default
        cast(0.4 as double precision) as certainty  -- how far from neutral the sentiment has to be, from 0 to 1
),

against as (
    select
        mentions.*,
        row_number() over (partition by mentions.post_id, mentions.brand_id order by mentions.stance_score, mentions.mention_id) as place
    from marts.mentions_enriched as mentions
    cross join asked
    where
        -- who gives it back has said enough
        (
            mentions.stance = 'negative' and mentions.stance_score <= -asked.certainty
            or mentions.intent = 'returned' and mentions.intent_confidence >= 0.5
        )
        and mentions.is_voice
        and coalesce(mentions.intent not in ('asks_advice', 'compares'), true)
        and (asked.brand in (mentions.brand_id, mentions.brand) or (asked.brand is null and mentions.is_ours))
        and (asked.channel is null or mentions.channel = asked.channel)
        and (asked.since is null or mentions.said_on >= asked.since)
        and (asked.until is null or mentions.said_on <= asked.until)
)

select
    said_at,
    brand,
    product,
    sentence,
    person,
    channel,
    reach,
    coalesce(like_count, 0) + coalesce(comment_count, 0) + coalesce(share_count, 0) as engagement,
    stance_score,
    url,
    person_id
from against
where place = 1
order by said_at desc, mention_id asc
limit 20
