-- Share of voice and net sentiment against competitors, by channel and week.
with asked as (
    select
        cast(null as varchar) as brand,  -- a brand's id or name, beside all of its category; our categories by default
        cast(null as varchar) as channel,  -- a channel's id; each by default
        cast(null as date) as since  -- weeks that begin on this day or later; all by default
)

select
    voice.week_start_date,
    voice.week_start_date + 6 <= (select max(runs.observed_date) from ops.ops_source_runs as runs) as is_over,
    voice.channel_id,
    voice.category,
    brands.brand_name,
    voice.mention_share,
    voice.person_share,
    voice.net_sentiment,
    voice.mention_count
from marts.mart_share_of_voice as voice
inner join marts.dim_brands as brands on voice.brand_id = brands.brand_id
cross join asked
where
    voice.category in (
        select ours.category
        from marts.dim_brands as ours
        where asked.brand in (ours.brand_id, ours.brand_name) or (asked.brand is null and ours.is_ours)
    )
    and (asked.channel is null or voice.channel_id = asked.channel)
    and (asked.since is null or voice.week_start_date >= asked.since)
order by voice.week_start_date desc, voice.category asc, voice.channel_id asc, voice.mention_share desc, brands.brand_name asc
limit 100
