-- One row per list and mention of a brand by somebody on it.
select
    members.list,
    mentions.said_at,
    mentions.brand,
    mentions.person,
    channels.channel_name as channel,
    mentions.stance,
    mentions.intent,
    mentions.media_kind,
    mentions.sentence,
    mentions.url,
    mentions.reach
from (select distinct
    list,
    person_id
from marts.mart_list_members
where person_id is not null) as members
inner join marts.mentions_enriched as mentions on members.person_id = mentions.person_id
inner join marts.dim_channels as channels on mentions.channel = channels.channel_id
where mentions.brand_id is not null
