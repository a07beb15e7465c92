{{ config(materialized='keyed', key='post_id') }}

{#- The feed itself knows an episode best, the index better than the store. -#}
{%- set place = "case platform_id when 'podcast_feeds' then 1 when 'podcast_index' then 2 when 'itunes' then 3 end" -%}

with transcripts as (
    select
        post_id,
        max_by(transcript, load_id) as transcript
    from {{ ref('stg_podcast_feeds__transcripts') }}
    group by post_id
),

episodes as (
    {{ union_of('episodes') }}
),

told as (
    select
        episodes.*,
        transcripts.transcript
    from episodes
    left join transcripts on episodes.post_id = transcripts.post_id
),

-- guids alone repeat: some feeds number their episodes
best as (
    select
        episode_guid,
        cast(published_at as date) as published_date,
        min({{ place }}) as place
    from told
    where episode_guid is not null and published_at is not null
    group by all
)

select told.*
from told
left join best on told.episode_guid = best.episode_guid and cast(told.published_at as date) = best.published_date
where
    best.place is null
    or best.place = {{ place }}
