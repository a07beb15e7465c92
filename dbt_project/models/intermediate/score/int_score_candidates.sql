{#- Mentions and adoptions meet in stretches as long as the window: the adoption lies in the mention's stretch or in the one after. -#}
with said as (
    select
        *,
        {{ stretch_of('said_at') }} as stretch
    from {{ ref('int_score_said') }}
    union all
    select
        *,
        {{ stretch_of('said_at') }} + 1 as stretch
    from {{ ref('int_score_said') }}
),

adoptions as (
    select
        *,
        {{ stretch_of('adopted_at') }} as stretch
    from {{ ref('int_score_adoptions') }}
),

heard as (
    select
        adoptions.adoption_id,
        said.mention_id,
        edges.edge_class,
        edges.class_weight,
        {{ days_from('said.said_at', 'adoptions.adopted_at') }} as lag_days
    from adoptions
    inner join {{ ref('int_score_edges') }} as edges on adoptions.person_id = edges.audience_person_id
    inner join said
        on
            edges.author_id = said.author_id
            and adoptions.object_id = said.object_id
            and adoptions.stretch = said.stretch
            and edges.valid_from <= said.said_at
            and edges.valid_to > said.said_at
            and adoptions.adopted_at > said.said_at
    where lag_days <= {{ var('window_days') }}
),

-- whom the adopter points at by name: in the post, or with a code, a link or an answer to where they had heard of it
named as (
    select
        adoptions.adoption_id,
        acts.target_author_id as author_id
    from adoptions
    inner join {{ ref('fct_interactions') }} as acts on adoptions.post_id = acts.post_id and acts.kind = 'mention'
    union
    select
        adoptions.adoption_id,
        touches.author_id
    from adoptions
    inner join {{ ref('fct_adoptions') }} as facts on adoptions.source_adoption_id = facts.adoption_id
    inner join {{ ref('fct_touches') }} as touches on facts.order_id = touches.conversion_id and touches.evidence_class != 'view_through'
),

-- what the adopter points at: the post that theirs answers, quotes or links, and posts that they had reposted
pointed_posts as (
    select
        adoptions.adoption_id,
        acts.target_post_id as post_id
    from adoptions
    inner join {{ ref('fct_interactions') }} as acts on adoptions.post_id = acts.post_id and acts.kind in ('reply', 'quote', 'link')
    union
    select
        adoptions.adoption_id,
        acts.target_post_id as post_id
    from adoptions
    inner join {{ ref('bridge_persons_authors') }} as bridge on adoptions.person_id = bridge.person_id
    inner join {{ ref('fct_interactions') }} as acts
        on bridge.author_id = acts.actor_author_id and acts.kind = 'repost' and adoptions.adopted_at >= acts.occurred_at
),

pointed as (
    select
        adoptions.adoption_id,
        said.mention_id,
        {{ days_from('said.said_at', 'adoptions.adopted_at') }} as lag_days
    from pointed_posts
    inner join adoptions on pointed_posts.adoption_id = adoptions.adoption_id
    inner join said
        on
            pointed_posts.post_id = said.post_id
            and adoptions.object_id = said.object_id
            and adoptions.stretch = said.stretch
            and adoptions.person_id != said.person_id
            and adoptions.adopted_at > said.said_at
    where lag_days <= {{ var('window_days') }}
    union
    -- of whoever is named: what they said last, under whatever account
    select
        adoptions.adoption_id,
        said.mention_id,
        {{ days_from('said.said_at', 'adoptions.adopted_at') }} as lag_days
    from named
    inner join adoptions on named.adoption_id = adoptions.adoption_id
    inner join {{ ref('bridge_persons_authors') }} as accounts on named.author_id = accounts.author_id
    inner join said
        on
            accounts.person_id = said.person_id
            and adoptions.object_id = said.object_id
            and adoptions.stretch = said.stretch
            and adoptions.person_id != said.person_id
            and adoptions.adopted_at > said.said_at
    where lag_days <= {{ var('window_days') }}
    qualify row_number() over (partition by adoptions.adoption_id, said.person_id order by said.said_at desc, said.mention_id asc) = 1
)

select
    coalesce(heard.adoption_id, pointed.adoption_id) as adoption_id,
    coalesce(heard.mention_id, pointed.mention_id) as mention_id,
    heard.edge_class,
    coalesce(heard.class_weight, 1) as class_weight,
    pointed.mention_id is not null as is_explicit,
    coalesce(heard.lag_days, pointed.lag_days) as lag_days
from heard
full join pointed on heard.adoption_id = pointed.adoption_id and heard.mention_id = pointed.mention_id
