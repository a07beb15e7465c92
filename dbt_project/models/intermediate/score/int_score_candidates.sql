with listening as (
    select
        *,
        greatest(valid_from, {{ days_after('adopted_at', '-' ~ var('window_days')) }}) as since,
        least(valid_to, adopted_at) as until
    from {{ ref('int_score_listeners') }}
),

listeners as (
    select
        *,
        {{ slot_of('since') }} as first_slot,
        {{ slot_of('until') }} as last_slot
    from listening
),

hazards as (
    select
        *,
        stretch as adoption_stretch
    from {{ ref('int_score_hazards') }}
    where is_last
    union all
    select
        *,
        stretch + 1 as adoption_stretch
    from {{ ref('int_score_hazards') }}
    where is_last
),

repeats as (
    select *
    from {{ ref('int_score_hazards') }}
    where slot is not null
),

causes as (
    select
        listeners.*,
        hazards.mention_id,
        hazards.said_at,
        hazards.slot,
        hazards.weight
    from listeners
    inner join hazards
        on
            listeners.author_id = hazards.author_id
            and listeners.object_id = hazards.object_id
            and listeners.stretch = hazards.adoption_stretch
            and listeners.since <= hazards.said_at
            and listeners.until > hazards.said_at
    where coalesce(hazards.slot < listeners.last_slot, true)
    union all
    -- of a slot in which the adoption lies, or the edge ends: as far as it had come
    select
        listeners.*,
        repeats.mention_id,
        repeats.said_at,
        repeats.slot,
        repeats.weight
    from listeners
    {{ asof_join(
        'inner', 'repeats', 'repeats',
        [('listeners.author_id', 'author_id'), ('listeners.object_id', 'object_id'), ('listeners.last_slot', 'slot')],
        ('listeners.until', '>', 'said_at')
    ) }}
    where listeners.since <= repeats.said_at
),

-- and without what was said in a slot before the edge or the window began
begun as (
    select
        causes.* {{ exclude() }} (weight),
        causes.weight - coalesce(
            repeats.weight * pow(2.0, -{{ days_from('repeats.said_at', 'causes.said_at') }} / {{ var('half_life_days') }}), 0
        ) as weight
    from causes
    {{ asof_join(
        'left', 'repeats', 'repeats',
        [('causes.author_id', 'author_id'), ('causes.object_id', 'object_id'), ('causes.first_slot', 'slot')],
        ('causes.since', '>', 'said_at')
    ) }}
    where causes.slot = causes.first_slot
    union all
    select
        * {{ exclude() }} (weight),
        weight
    from causes
    where coalesce(slot != first_slot, true)
),

heard as (
    select
        adoption_id,
        mention_id,
        edge_class,
        class_weight,
        weight,
        {{ days_from('said_at', 'adopted_at') }} as lag_days
    from begun
),

said as (
    select *
    from {{ ref('int_score_said') }}
),

adoptions as (
    select
        adoption_id,
        source_adoption_id,
        object_id,
        person_id,
        adopted_at,
        post_id
    from {{ ref('int_score_adoptions') }}
),

-- Whom the adopter points at by name: in the post, or with a code, a link or an answer to where they had heard of it. What is needed of the
-- adoption goes along: joined anew beside "not by themselves", adoptions met all accounts first (776 million rows of 300,000 posts).
named as (
    select
        adoptions.*,
        acts.target_author_id as author_id
    from adoptions
    inner join {{ ref('fct_interactions') }} as acts on adoptions.post_id = acts.post_id and acts.kind = 'mention'
    union
    select
        adoptions.*,
        touches.author_id
    from adoptions
    inner join {{ ref('fct_adoptions') }} as facts on adoptions.source_adoption_id = facts.adoption_id
    inner join {{ ref('fct_touches') }} as touches on facts.order_id = touches.conversion_id and touches.evidence_class != 'view_through'
),

-- what the adopter points at: the post that theirs answers, quotes or links, and posts that they had reposted
pointed_posts as (
    select
        adoptions.*,
        acts.target_post_id
    from adoptions
    inner join {{ ref('fct_interactions') }} as acts on adoptions.post_id = acts.post_id and acts.kind in ('reply', 'quote', 'link')
    union
    select
        adoptions.*,
        acts.target_post_id
    from adoptions
    inner join {{ ref('bridge_persons_authors') }} as bridge on adoptions.person_id = bridge.person_id
    inner join {{ ref('fct_interactions') }} as acts
        on bridge.author_id = acts.actor_author_id and acts.kind = 'repost' and adoptions.adopted_at >= acts.occurred_at
),

named_persons as (
    select distinct
        named.adoption_id,
        named.object_id,
        named.adopted_at,
        named.person_id as adopter_id,
        accounts.person_id
    from named
    inner join {{ ref('bridge_persons_authors') }} as accounts on named.author_id = accounts.author_id
    where named.person_id != accounts.person_id
),

said_once as (
    select
        person_id,
        object_id,
        said_at,
        min(mention_id) as mention_id,
        min_by(author_id, mention_id) as author_id
    from said
    where person_id in (select named_persons.person_id from named_persons)
    group by person_id, object_id, said_at
),

pointed_mentions as (
    select
        pointed_posts.adoption_id,
        said.mention_id,
        said.author_id,
        said.said_at,
        pointed_posts.adopted_at,
        pointed_posts.person_id
    from pointed_posts
    inner join said on pointed_posts.target_post_id = said.post_id and pointed_posts.object_id = said.object_id
    where pointed_posts.person_id != said.person_id and pointed_posts.adopted_at > said.said_at
    union
    -- of whoever is named: what they said last, under whatever account
    select
        named_persons.adoption_id,
        said_once.mention_id,
        said_once.author_id,
        said_once.said_at,
        named_persons.adopted_at,
        named_persons.adopter_id as person_id
    from named_persons
    {{ asof_join(
        'inner', 'said_once', 'said_once',
        [('named_persons.person_id', 'person_id'), ('named_persons.object_id', 'object_id')],
        ('named_persons.adopted_at', '>', 'said_at')
    ) }}
),

pointed as (
    select
        mentions.adoption_id,
        mentions.mention_id,
        edges.edge_class,
        edges.class_weight,
        {{ days_from('mentions.said_at', 'mentions.adopted_at') }} as lag_days
    from pointed_mentions as mentions
    left join {{ ref('int_score_edges') }} as edges
        on
            mentions.person_id = edges.audience_person_id
            and mentions.author_id = edges.author_id
            and mentions.said_at >= edges.valid_from
            and mentions.said_at < edges.valid_to
    where {{ days_from('mentions.said_at', 'mentions.adopted_at') }} <= {{ var('window_days') }}
)

-- what is pointed at counts `explicit_factor` times; what else was said in its slot, where it stands for all of that, once
select
    coalesce(heard.adoption_id, pointed.adoption_id) as adoption_id,
    coalesce(heard.mention_id, pointed.mention_id) as mention_id,
    coalesce(heard.edge_class, pointed.edge_class) as edge_class,
    case
        when pointed.mention_id is null then heard.class_weight * heard.weight
        else coalesce(pointed.class_weight, 1) * (1 + (coalesce(heard.weight, 1) - 1) / {{ var('explicit_factor') }})
    end as class_weight,
    pointed.mention_id is not null as is_explicit,
    coalesce(heard.lag_days, pointed.lag_days) as lag_days
from heard
full join pointed on heard.adoption_id = pointed.adoption_id and heard.mention_id = pointed.mention_id
