{{ config(materialized='keyed', key='post_id', tells=['post_id', 'author_id']) }}

{% call keys('told') %}
    select coalesce(sightings.post_id, told.post_id) as key
    from (
        {{ told_anew('posts', 'post_id') }}
        union all
        select key as post_id from {{ changes('int_podcast_episodes') }} as episodes
    ) as told
    left join {{ ref('int_post_sightings') }} as sightings on told.post_id = sightings.sighting_id
    union all
    select key from {{ changes('int_post_sightings') }} as sightings
{% endcall %}

{% call keys('touched') %}
    with withheld as (
        select coalesce(sightings.post_id, withheld.key) as key
        from {{ changes('stg_ops__withheld') }} as withheld
        left join {{ ref('int_post_sightings') }} as sightings on withheld.key = sightings.sighting_id
    ),

    -- a place that was gone and is told again
    reopened as (
        select places.platform_id || ':' || places.native_id as key
        from ({{ told_anew('containers', 'native_id', columns=['platform_id', 'native_id']) }}) as places
        inner join {{ ref('stg_ops__tombstones') }} as gone
            on places.platform_id = gone.platform_id and places.native_id = gone.native_id
    ),

    gone as (
        select key from {{ changes('stg_ops__tombstones') }} as tombstones
        union all
        select key from withheld
        union all
        select key from reopened
    ),

    staged as (
        {{ union_of('posts', also=['int_podcast_episodes']) }}
    ),

    latest as (
        select
            post_id,
            {{ plain_name('title') }} as title
        from staged
        where post_id in {{ keys_of('told') }} and reposted_post_id is null
        qualify rank() over (partition by post_id order by load_id desc) = 1
    ),

    -- whose answers may repeat another title than before, or stand below another post
    answered as (
        select latest.post_id as key
        from latest
        left join {{ this }} as posts on latest.post_id = posts.post_id
        where coalesce(latest.title, '') != coalesce(posts.title, '')
        union all
        select key from {{ changes('int_post_sightings') }} as sightings
        union all
        select key from {{ changes('int_podcast_episodes') }} as episodes
        union all
        select key from gone
    )

    select key from {{ keys_of('told') }} as told
    union all
    select key from gone
    union all
    select posts.post_id as key from {{ this }} as posts inner join gone on posts.container_id = gone.key
    union all
    select posts.post_id as key from {{ this }} as posts inner join answered on posts.parent_post_id = answered.key
    union all
    select posts.post_id as key from {{ this }} as posts inner join answered on posts.quoted_post_id = answered.key
{% endcall %}

{% call keys('read') %}
    with together as (
        select key from {{ keys_of('touched') }} as touched
        union all
        select sighting_id as key from {{ ref('int_post_sightings') }} where post_id in {{ keys_of('touched') }}
    ),

    staged as (
        {{ union_of('posts', also=['int_podcast_episodes']) }}
    ),

    answered as (
        select distinct parent_post_id as key
        from staged
        where post_id in (select key from together)
    )

    select key from together
    union all
    select key from answered
    union all
    select sightings.post_id as key
    from answered
    inner join {{ ref('int_post_sightings') }} as sightings on answered.key = sightings.sighting_id
{% endcall %}

with staged as (
    {{ union_of('posts', wanted=among('post_id', 'read'), also=['int_podcast_episodes']) }}
),

-- what only passes on another's post is an act (int_interactions); the words of quoted markup are gone since staging
versions as (
    select * from staged
    where reposted_post_id is null and {{ computed_once() }}
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
        {{ plain_name('versions.title') }} as plain_title,
        {{ own_words('versions.body') }} as own_words,
        sightings.first_observed_at,
        sightings.first_observed_date
    from versions
    inner join sightings on versions.post_id = sightings.post_id and versions.load_id = sightings.last_load_id
    where {{ computed_once() }}
    -- but where a platform gives one id to things of two entities
    qualify row_number() over (partition by versions.post_id order by versions.published_at nulls last, versions.body nulls last) = 1
),

sighted as (
    select
        sighting_id,
        post_id
    from {{ ref('int_post_sightings') }}
),

-- what several tell of one post: the text that is longest, the author that is named, and since when
together as (
    select
        sighted.post_id,
        min(latest.first_observed_at) as first_observed_at,
        min(latest.first_observed_date) as first_observed_date,
        min(latest.published_at) as published_at,
        max_by(
            latest.own_words, (length(latest.own_words), latest.post_id = sighted.post_id, latest.post_id)
        ) filter (where latest.own_words is not null) as own_words,
        max_by(
            latest.links, (coalesce(length(latest.own_words), 0), latest.post_id = sighted.post_id, latest.post_id)
        ) filter (where latest.links is not null) as links,
        max_by(
            latest.language, (latest.load_id, latest.post_id = sighted.post_id, latest.post_id)
        ) filter (where latest.language is not null) as language,
        min_by(
            latest.author_id,
            (
                case when latest.author_id != latest.container_id then 0 when latest.author_id = latest.container_id then 1 else 2 end,
                latest.post_id != sighted.post_id,
                latest.post_id
            )
        ) filter (where latest.author_id is not null) as author_id
    from latest
    inner join sighted on latest.post_id = sighted.sighting_id
    group by sighted.post_id
),

posts as (
    select
        latest.* {{ exclude() }} (
            author_id, own_words, links, language, published_at,
            first_observed_at, first_observed_date, parent_post_id, quoted_post_id
        ),
        coalesce(together.author_id, latest.author_id) as author_id,
        coalesce(together.own_words, latest.own_words) as own_words,
        coalesce(together.links, latest.links) as links,
        coalesce(latest.language, together.language) as language,
        coalesce(latest.published_at, together.published_at) as published_at,
        coalesce(together.first_observed_at, latest.first_observed_at) as first_observed_at,
        coalesce(together.first_observed_date, latest.first_observed_date) as first_observed_date,
        coalesce(parents.post_id, latest.parent_post_id) as parent_post_id,
        coalesce(quoted.post_id, latest.quoted_post_id) as quoted_post_id
    from latest
    left join sighted on latest.post_id = sighted.sighting_id
    left join together on latest.post_id = together.post_id
    left join sighted as parents on latest.parent_post_id = parents.sighting_id
    left join sighted as quoted on latest.quoted_post_id = quoted.sighting_id
    where (sighted.post_id is null or sighted.post_id = latest.post_id) and {{ computed_once() }}
),

places as (
    select
        platform_id,
        native_id,
        max(observed_at) as told_at
    from ({{ union_of('containers', wanted='native_id in (select native_id from ' ~ ref('stg_ops__tombstones') ~ ')') }}) as told
    group by platform_id, native_id
),

gone as (
    select
        tombstones.platform_id || ':' || tombstones.native_id as gone_id,
        tombstones.entity in ({{ entity_names(['containers']) }}) as is_container,
        max(tombstones.seen_at) as seen_at
    from {{ ref('stg_ops__tombstones') }} as tombstones
    left join places on tombstones.platform_id = places.platform_id and tombstones.native_id = places.native_id
    -- a review's post_id is not made of its native_id alone
    where
        tombstones.entity in ({{ entity_names(['posts', 'episodes', 'containers']) }}) and tombstones.entity != 'reviews'
        -- a place that is told again is there again, with all that stood in it; a post has been observed anew then
        and (tombstones.entity not in ({{ entity_names(['containers']) }}) or coalesce(tombstones.seen_at >= places.told_at, true))
    group by all
),

-- a place where a post was seen may tell its words no longer: then none does
withheld as (
    select
        coalesce(sighted.post_id, withheld.post_id) as post_id,
        bool_or(withheld.reason = 'expired') as is_expired,
        max_by(
            withheld.title_length, (withheld.withheld_at, withheld.post_id)
        ) filter (where withheld.title_length is not null) as title_length,
        max_by(
            withheld.title_hash, (withheld.withheld_at, withheld.post_id)
        ) filter (where withheld.title_hash is not null) as title_hash,
        max_by(
            withheld.is_title_inherited, (withheld.withheld_at, withheld.post_id)
        ) filter (where withheld.is_title_inherited is not null) as is_title_inherited
    from {{ ref('stg_ops__withheld') }} as withheld
    left join sighted on withheld.post_id = sighted.sighting_id
    group by coalesce(sighted.post_id, withheld.post_id)
),

judged as (
    select
        posts.*,
        coalesce(posts.is_gone, false)
        or coalesce(gone_posts.seen_at >= posts.observed_at, false)
        or coalesce(gone_containers.seen_at >= posts.observed_at, false) as is_deleted,
        is_deleted or coalesce(withheld.is_expired, false) as is_withheld,
        -- what is still known of a title that went
        case when is_withheld then withheld.title_length end as known_title_length,
        case when is_withheld then withheld.title_hash end as known_title_hash,
        case when is_withheld then withheld.is_title_inherited end as known_to_be_inherited
    from posts
    left join gone as gone_posts on posts.post_id = gone_posts.gone_id and not gone_posts.is_container
    left join gone as gone_containers on posts.container_id = gone_containers.gone_id and gone_containers.is_container
    left join withheld on posts.post_id = withheld.post_id
    where {{ computed_once() }}
),

-- forums, mail and exports repeat a thread's title on each answer: those are the words of who began it. A condition on one side of an outer
-- join beside its equality makes DuckDB compare every row with every other: it has to be within the equality.
titled as (
    select
        posts.*,
        coalesce(answered.is_withheld, false) as is_below_withheld,
        coalesce(
            posts.known_to_be_inherited,
            {{ is_answer_title('posts.plain_title') }}
            or case
                when answered.known_title_hash is null then lower(trim(posts.plain_title)) = lower(trim(answered.plain_title))
                else {{ title_hash('posts.plain_title') }} = answered.known_title_hash
            end,
            false
        ) as is_title_inherited
    from judged as posts
    left join judged as answered on case when posts.plain_title != '' then posts.parent_post_id end = answered.post_id
)

select
    posts.post_id,
    posts.platform_id,
    posts.source_name,
    coalesce(channels.channel_id, 'unknown') as channel_id,
    nullif(posts.author_id, posts.platform_id || ':') as author_id,
    posts.container_id,
    posts.url,
    {{ canonical_url('posts.url') }} as canonical_url,
    case when not (posts.is_withheld or (posts.is_title_inherited and posts.is_below_withheld)) then posts.plain_title end as title,
    coalesce(posts.known_title_length, length(posts.plain_title)) as title_length,
    case
        when not posts.is_withheld and not {{ is_unnamed('posts.author_id') }}
            then nullif(
                concat_ws(
                    chr(10) || chr(10),
                    case when not posts.is_title_inherited then nullif(posts.plain_title, '') end,
                    nullif(posts.own_words, ''),
                    posts.transcript
                ),
                ''
            )
    end as text,
    posts.is_title_inherited,
    posts.language,
    posts.published_at,
    posts.edited_at,
    posts.parent_post_id,
    posts.quoted_post_id,
    posts.media_type,
    posts.is_paid_partnership,
    case when not posts.is_deleted then posts.links end as links,
    posts.replied_to,
    posts.mentioned_author_ids,
    posts.first_observed_at,
    posts.first_observed_date,
    posts.observed_at as last_observed_at,
    posts.is_deleted,
    posts.is_withheld
from titled as posts
left join {{ ref('platforms') }} as platforms on posts.platform_id = platforms.platform_id
left join {{ ref('channels') }} as channels on coalesce(posts.channel_id, platforms.channel_id) = channels.channel_id
