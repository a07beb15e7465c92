-- One row per brand, channel and week: how much is said of it there, and how.
select
    brands.brand_name as brand,
    voice.category,
    brands.is_ours,
    coalesce(channels.channel_name, voice.channel_id) as channel,
    voice.channel_id = 'all' as is_every_channel,
    voice.week_start_date,
    voice.week_start_date + 6 <= (select max(runs.observed_date) from ops.ops_source_runs as runs) as is_over,
    voice.mention_count,
    voice.person_count,
    voice.category_mention_count,
    voice.mention_share,
    voice.positive_mention_count,
    voice.neutral_mention_count,
    voice.negative_mention_count,
    voice.more_positive_mention_count,
    voice.read_mention_count,
    voice.unread_mention_count,
    voice.paid_mention_count,
    voice.reach
from marts.mart_share_of_voice as voice
inner join marts.dim_brands as brands on voice.brand_id = brands.brand_id
left join marts.dim_channels as channels on voice.channel_id = channels.channel_id
