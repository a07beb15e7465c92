-- One row per brand, channel and week: how much is said of it there, and how.
with newest as (
    select max(observed_date) as night
    from ops.ops_source_runs
)

select
    brands.brand_name as brand,
    voice.category,
    brands.is_ours,
    coalesce(channels.channel_name, voice.channel_id) as channel,
    voice.channel_id = 'all' as is_every_channel,
    voice.week_start_date,
    voice.week_start_date + 6 <= newest.night as is_over,
    coalesce(voice.week_start_date + 6 <= newest.night or min(voice.week_start_date) over () + 6 > newest.night, true) as is_drawn,
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
cross join newest
inner join marts.dim_brands as brands on voice.brand_id = brands.brand_id
left join marts.dim_channels as channels on voice.channel_id = channels.channel_id
