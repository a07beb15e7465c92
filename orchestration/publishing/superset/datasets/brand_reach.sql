-- One row per brand and post that mentions it: how many people it had reached when it was last observed; reported, estimated or unknown.
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
where mentions.brand_id is not null
