{{ config(
    materialized='keyed', key='coalesce(post_id, actor_author_id)',
    tells=['coalesce(post_id, actor_author_id)', 'actor_author_id', 'target_author_id'],
) }}

{% call keys('touched') %}
    with acts as (
        {{ told_anew('interactions', 'post_id', columns=['post_id', 'actor_author_id']) }}
    )

    select coalesce(sightings.post_id, acts.post_id, acts.actor_author_id) as key
    from acts
    left join {{ ref('int_post_sightings') }} as sightings on acts.post_id = sightings.sighting_id
    union all
    select key from {{ changes('int_posts') }} as posts
    union all
    select key from {{ changes('int_post_links') }} as links
    union all
    select key from {{ changes('int_post_sightings') }} as sightings
    union all
    select coalesce(post_id, actor_author_id) as key
    from {{ this }}
    where target_post_id in (select key from {{ changes('int_post_sightings') }} as sightings)
    union all
    -- whose target is another's now
    select coalesce(acts.post_id, acts.actor_author_id) as key
    from {{ this }} as acts
    left join {{ ref('int_posts') }} as posts on acts.target_post_id = posts.post_id
    where
        acts.target_post_id in (select key from {{ changes('int_posts') }} as posts)
        and (posts.author_id is null or posts.author_id is distinct from acts.target_author_id)
{% endcall %}

with posts as (
    select * from {{ ref('int_posts') }}
),

telling as (
    select * from posts
    where {{ among('post_id') }}
),

acts as (
    select
        'reply' as kind,
        post_id,
        parent_post_id as target_post_id,
        null as target_author_id
    from telling
    where parent_post_id is not null
    union all
    select
        'quote' as kind,
        post_id,
        quoted_post_id as target_post_id,
        null as target_author_id
    from telling
    where quoted_post_id is not null
    union all
    select
        case when is_reply then 'reply' else 'link' end as kind,
        post_id,
        target_post_id,
        null as target_author_id
    from {{ ref('int_post_links') }}
    where target_post_id is not null and {{ among('post_id') }}
    union all
    select
        'mention' as kind,
        post_id,
        null as target_post_id,
        {{ each('mentioned_author_ids') }} as target_author_id
    from telling
),

told as (
    select
        kind,
        post_id,
        target_post_id,
        target_author_id,
        null as actor_author_id,
        null as target,
        null as occurred_at,
        null as observed_at,
        null as source_name
    from acts
    union all
    select
        kind,
        post_id,
        target_post_id,
        target_author_id,
        actor_author_id,
        target,
        occurred_at,
        observed_at,
        source_name
    from (
        {{ union_of('interactions') }}
    )
),

-- acts on a post are told where it was seen
located as (
    select
        told.kind,
        coalesce(own.post_id, told.post_id) as post_id,
        coalesce(theirs.post_id, told.target_post_id) as target_post_id,
        told.target_author_id,
        told.actor_author_id,
        told.target,
        told.occurred_at,
        told.observed_at,
        told.source_name
    from told
    left join {{ ref('int_post_sightings') }} as own on told.post_id = own.sighting_id
    left join {{ ref('int_post_sightings') }} as theirs on told.target_post_id = theirs.sighting_id
),

resolved as (
    select
        acts.kind,
        acts.post_id,
        acts.target_post_id,
        coalesce(acts.actor_author_id, acting.author_id) as actor_author_id,
        case
            when not {{ is_forgotten('coalesce(target.author_id, acts.target_author_id)') }}
                then coalesce(target.author_id, acts.target_author_id)
        end as target_author_id,
        coalesce(acts.target_post_id, acts.target, acts.target_author_id) as target,
        coalesce(acts.occurred_at, acting.published_at) as told_at,
        coalesce(acts.observed_at, acting.first_observed_at) as observed_at,
        coalesce(acts.source_name, acting.source_name) as source_name
    from located as acts
    left join posts as acting on acts.post_id = acting.post_id
    left join posts as target on acts.target_post_id = target.post_id
    where
        {{ among('coalesce(acts.post_id, acts.actor_author_id)') }}
        and not coalesce(acting.is_deleted, false)
        -- an answer or a quotation holds the address of what it answers
        and not (
            acts.kind = 'link'
            and acts.target_post_id in (coalesce(acting.parent_post_id, ''), coalesce(acting.quoted_post_id, ''))
        )
),

keyed as (
    select
        {{ hashed_key(['kind', 'actor_author_id', 'post_id', 'target']) }} as interaction_id,
        *
    from resolved
    where actor_author_id is not null and kind is not null
)

select
    interaction_id,
    kind,
    actor_author_id,
    target_author_id,
    post_id,
    target_post_id,
    coalesce(told_at, observed_at) as occurred_at,
    told_at is null as is_time_estimated,
    observed_at,
    source_name
from keyed
qualify row_number() over (partition by interaction_id order by told_at nulls last, observed_at, target_author_id nulls last) = 1
