-- One row per brand and post by people that mentions it, which the metric reach adds up: how many it had reached when last observed.
select distinct
    mentions.brand,
    mentions.post_id,
    mentions.url,
    channels.channel_name as channel,
    mentions.said_at,
    mentions.reach_method as method,
    mentions.reach
from marts.mentions_enriched as mentions
inner join marts.dim_channels as channels on mentions.channel = channels.channel_id
where mentions.brand_id is not null and mentions.is_voice
