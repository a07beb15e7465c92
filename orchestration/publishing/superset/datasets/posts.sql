-- One row per mention of a brand, with the post that it stands in.
select
    mentions.said_at,
    mentions.brand,
    mentions.product,
    mentions.is_ours,
    mentions.person,
    mentions.handle,
    channels.channel_name as channel,
    mentions.platform,
    mentions.language,
    mentions.stance,
    mentions.intent,
    mentions.media_kind,
    mentions.sentence,
    mentions.url,
    mentions.reach,
    mentions.reach_method,
    mentions.like_count,
    mentions.comment_count,
    mentions.share_count,
    mentions.person_id,
    mentions.post_id
from marts.mentions_enriched as mentions
inner join marts.dim_channels as channels on mentions.channel = channels.channel_id
where mentions.brand_id is not null
