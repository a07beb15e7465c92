{#- Who shares a thread with more people than these cannot have read them all. -#}
{%- set most_people = 200 -%}
{%- set levels = 100 -%}

with recursive spoken as (
    select
        posts.post_id,
        posts.parent_post_id,
        posts.author_id,
        coalesce(posts.published_at, posts.first_observed_at) as said_at
    from {{ ref('fct_posts') }} as posts
    where not posts.is_deleted
),

-- nobody meets anybody where nothing is answered
answered as (
    select distinct parent_post_id as post_id
    from spoken
    where parent_post_id is not null
),

posts as (
    select *
    from spoken
    where parent_post_id is not null or post_id in (select answered.post_id from answered)
),

-- a post that answers none, or one that was never seen, begins a thread; posts that answer each other in a circle are in none
threads as (
    select
        coalesce(posts.parent_post_id, posts.post_id) as thread_id,
        posts.post_id,
        posts.author_id,
        posts.said_at,
        0 as level
    from posts
    left join posts as parents on posts.parent_post_id = parents.post_id
    where parents.post_id is null
    union all
    select
        threads.thread_id,
        posts.post_id,
        posts.author_id,
        posts.said_at,
        threads.level + 1 as level
    from threads
    inner join posts on threads.post_id = posts.parent_post_id
    where threads.level < {{ levels }}
),

accounts_in_threads as (
    select
        threads.thread_id,
        threads.author_id,
        bridge.person_id,
        min(threads.said_at) as first_at,
        max(threads.said_at) as last_at
    from threads
    inner join {{ ref('bridge_persons_authors') }} as bridge on threads.author_id = bridge.author_id
    group by threads.thread_id, threads.author_id, bridge.person_id
),

readable as (
    select thread_id
    from accounts_in_threads
    group by thread_id
    having count(distinct person_id) between 2 and {{ most_people }}
),

people_in_threads as (
    select
        accounts.thread_id,
        accounts.person_id,
        min(accounts.first_at) as first_at,
        max(accounts.last_at) as last_at
    from accounts_in_threads as accounts
    inner join readable on accounts.thread_id = readable.thread_id
    group by accounts.thread_id, accounts.person_id
),

acts as (
    select
        'interacted' as edge_class,
        bridge.person_id as audience_person_id,
        acts.target_author_id as author_id,
        acts.occurred_at as first_at,
        acts.occurred_at as last_at
    from {{ ref('fct_interactions') }} as acts
    inner join {{ ref('bridge_persons_authors') }} as bridge on acts.actor_author_id = bridge.author_id
    where acts.target_author_id is not null
    union all
    select
        'same_thread' as edge_class,
        audience.person_id as audience_person_id,
        accounts.author_id,
        greatest(audience.first_at, accounts.first_at) as first_at,
        greatest(audience.last_at, accounts.last_at) as last_at
    from people_in_threads as audience
    inner join accounts_in_threads as accounts
        on audience.thread_id = accounts.thread_id and audience.person_id != accounts.person_id
),

acquainted as (
    select
        audience_person_id,
        author_id,
        edge_class,
        min(first_at) as first_at,
        max(last_at) as last_at,
        false as is_first_at_estimated,
        count(*) as interaction_count
    from acts
    group by audience_person_id, author_id, edge_class
),

listed as (
    {{ union_of('follows') }}
),

-- who followed when a list was first read had done so for an unknown time, at most since there were both accounts
first_lists as (
    select
        followed_author_id,
        source_name,
        min(observed_date) as observed_date
    from listed
    group by followed_author_id, source_name
),

registered as (
    select
        author_id,
        coalesce(registered_at, {{ timestamptz() }} '1970-01-01 00:00:00+00') as registered_at
    from {{ ref('dim_authors') }}
    where is_current
),

dated as (
    select
        bridge.person_id as audience_person_id,
        listed.followed_author_id as author_id,
        listed.followed_at is null and first_lists.observed_date is not null as is_first_at_estimated,
        coalesce(
            listed.followed_at,
            case
                when first_lists.observed_date is null then listed.observed_at
                else least(greatest(follower.registered_at, followed.registered_at), listed.observed_at)
            end
        ) as first_at,
        listed.observed_at as last_at
    from listed
    inner join {{ ref('bridge_persons_authors') }} as bridge on listed.follower_author_id = bridge.author_id
    left join first_lists
        on
            listed.followed_author_id = first_lists.followed_author_id
            and listed.source_name = first_lists.source_name
            and listed.observed_date = first_lists.observed_date
    left join registered as follower on listed.follower_author_id = follower.author_id
    left join registered as followed on listed.followed_author_id = followed.author_id
),

followed as (
    select
        audience_person_id,
        author_id,
        'follows' as edge_class,
        min(first_at) as first_at,
        max(last_at) as last_at,
        min_by(is_first_at_estimated, (first_at, is_first_at_estimated)) as is_first_at_estimated,
        cast(null as bigint) as interaction_count
    from dated
    group by audience_person_id, author_id
)

select
    edges.audience_person_id,
    edges.author_id,
    edges.edge_class,
    cast({{ class_weight('edges.edge_class') }} as double) as class_weight,
    edges.first_at,
    edges.last_at,
    edges.is_first_at_estimated,
    edges.interaction_count
from (
    select * from acquainted
    union all
    select * from followed
) as edges
inner join {{ ref('bridge_persons_authors') }} as bridge on edges.author_id = bridge.author_id
where bridge.person_id != edges.audience_person_id
