-- Share of voice and net stance against competitors, by channel and week.
select
    voice.week_start_date,
    voice.channel_id,
    voice.category,
    brands.brand_name,
    voice.mention_share,
    voice.person_share,
    voice.net_stance,
    voice.mention_count
from marts.mart_share_of_voice as voice
inner join marts.dim_brands as brands on voice.brand_id = brands.brand_id
order by voice.week_start_date desc, voice.category asc, voice.channel_id asc, voice.mention_share desc, brands.brand_name asc
limit 100
