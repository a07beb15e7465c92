with staged as (
    {{ union_of('posts') }}
    union all by name
    select * from {{ ref('int_podcast_episodes') }}
),

-- what only passes on another's post is an act (int_interactions)
versions as (
    select * from staged
    where reposted_post_id is null
),

-- a load holds an item once, and later loads saw it later
sightings as (
    select
        post_id,
        max(load_id) as last_load_id,
        min(observed_at) as first_observed_at,
        min(observed_date) as first_observed_date
    from versions
    group by post_id
),

latest as (
    select
        versions.*,
        sightings.first_observed_at,
        sightings.first_observed_date
    from versions
    inner join sightings on versions.post_id = sightings.post_id and versions.load_id = sightings.last_load_id
    -- but where a platform gives one id to things of two entities
    qualify row_number() over (partition by versions.post_id order by versions.published_at nulls last, versions.body) = 1
),

gone as (
    select
        platform_id || ':' || native_id as gone_id,
        entity in ({{ entity_names(['containers']) }}) as is_container,
        max(seen_at) as seen_at
    from {{ ref('stg_ops__tombstones') }}
    -- a review's post_id is not made of its native_id alone
    where entity in ({{ entity_names(['posts', 'episodes', 'containers']) }}) and entity != 'reviews'
    group by all
)

select
    latest.post_id,
    latest.platform_id,
    latest.source_name,
    coalesce(channels.channel_id, 'unknown') as channel_id,
    nullif(latest.author_id, latest.platform_id || ':') as author_id,
    latest.container_id,
    latest.url,
    {{ canonical_url('latest.url') }} as canonical_url,
    latest.title,
    nullif(
        concat_ws(chr(10) || chr(10), nullif(latest.title, ''), nullif(latest.body, ''), latest.transcript), ''
    ) as text,
    latest.language,
    latest.published_at,
    latest.edited_at,
    latest.parent_post_id,
    latest.quoted_post_id,
    latest.media_type,
    latest.is_paid_partnership,
    latest.links,
    latest.replied_to,
    latest.mentioned_author_ids,
    latest.first_observed_at,
    latest.first_observed_date,
    latest.observed_at as last_observed_at,
    coalesce(latest.is_gone, false)
    or coalesce(gone_posts.seen_at >= latest.observed_at, false)
    or coalesce(gone_containers.seen_at >= latest.observed_at, false) as is_deleted
from latest
left join {{ ref('platforms') }} as platforms on latest.platform_id = platforms.platform_id
left join {{ ref('channels') }} as channels on coalesce(latest.channel_id, platforms.channel_id) = channels.channel_id
left join gone as gone_posts on latest.post_id = gone_posts.gone_id and not gone_posts.is_container
left join gone as gone_containers on latest.container_id = gone_containers.gone_id and gone_containers.is_container
