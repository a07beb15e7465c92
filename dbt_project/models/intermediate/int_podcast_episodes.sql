{{ config(materialized='keyed', key='post_id') }}

{#- The feed itself knows an episode best, the index better than the store. -#}
{%- set tellers = ['podcast_feeds', 'podcast_index', 'itunes'] -%}

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
        min(
            case platform_id
                {%- for teller in tellers %}
                    when '{{ teller }}' then {{ loop.index }}
                {%- endfor %}
            end
        ) as teller
    from told
    where episode_guid is not null and published_at is not null
    group by all
)

select told.*
from told
left join best on told.episode_guid = best.episode_guid and cast(told.published_at as date) = best.published_date
where
    best.teller is null
    or told.platform_id = ['{{ tellers | join("', '") }}'][best.teller]
