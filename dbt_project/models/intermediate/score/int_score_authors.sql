with authors as (
    select distinct
        author_id,
        person_id
    from {{ ref('int_score_said') }}
),

audiences as (
    select
        counts.author_id,
        counts.follower_count
    from {{ ref('fct_authors') }} as counts
    cross join {{ ref('int_score_night') }} as night
    where counts.follower_count is not null and counts.observed_date <= night.as_of_date
    qualify row_number() over (partition by counts.author_id order by counts.observed_date desc) = 1
),

latest as (
    select
        engagement.post_id,
        posts.author_id,
        engagement.view_count,
        coalesce(engagement.like_count, engagement.comment_count, engagement.share_count) is not null as is_told,
        {{ wide('coalesce(engagement.like_count, 0)') }} + coalesce(engagement.comment_count, 0) + coalesce(engagement.share_count, 0)
            as engagement_count
    from {{ ref('fct_engagement') }} as engagement
    inner join {{ ref('fct_posts') }} as posts on engagement.post_id = posts.post_id
    cross join {{ ref('int_score_night') }} as night
    where engagement.observed_date <= night.as_of_date and not posts.is_deleted
    qualify row_number() over (partition by engagement.post_id order by engagement.observed_date desc) = 1
),

engagement as (
    select
        author_id,
        coalesce(sum(view_count), 0) > 0 as is_of_views,
        sum(engagement_count) filter (where view_count > 0) as engagements_of_views,
        sum(view_count) as views,
        sum(engagement_count) as engagements,
        count(*) as posts
    from latest
    where is_told
    group by author_id
),

rates as (
    select
        engagement.author_id,
        accounts.channel_id,
        engagement.is_of_views,
        case when engagement.is_of_views then engagement.engagements_of_views else engagement.engagements end as engagements,
        nullif(
            case
                when engagement.is_of_views then cast(engagement.views as double)
                else cast(audiences.follower_count as double) * engagement.posts
            end,
            0
        ) as seen
    from engagement
    inner join {{ ref('dim_authors') }} as accounts on engagement.author_id = accounts.author_id and accounts.is_current
    left join audiences on engagement.author_id = audiences.author_id
),

-- few engagements say little: three likes of nine followers are no rate of a third, but near the channel's
shrunk as (
    select
        author_id,
        (engagements + {{ var('engagement_pseudo_count') }})
        / (seen + {{ var('engagement_pseudo_count') }} / nullif(sum(engagements) over of_kind / sum(seen) over of_kind, 0)) as rate
    from rates
    where seen is not null
    window of_kind as (partition by channel_id, is_of_views)
),

engagers as (
    select
        acts.target_author_id as author_id,
        count(distinct actor.person_id) as engager_count
    from {{ ref('fct_interactions') }} as acts
    inner join {{ ref('bridge_persons_authors') }} as actor on acts.actor_author_id = actor.author_id
    inner join {{ ref('bridge_persons_authors') }} as target on acts.target_author_id = target.author_id
    cross join {{ ref('int_score_night') }} as night
    where acts.occurred_at < night.ends_at and actor.person_id != target.person_id
    group by acts.target_author_id
)

select
    authors.author_id,
    authors.person_id,
    accounts.channel_id,
    case when persons.person_kind in ({{ kinds_apart() }}) then persons.person_kind else 'public' end as population,
    cast(audiences.follower_count as double) as audience,
    shrunk.rate as engagement_rate,
    cast(engagers.engager_count as double) as engager_count,
    authenticity.authenticity
from authors
inner join {{ ref('dim_persons') }} as persons on authors.person_id = persons.person_id
inner join {{ ref('dim_authors') }} as accounts on authors.author_id = accounts.author_id and accounts.is_current
left join audiences on authors.author_id = audiences.author_id
left join shrunk on authors.author_id = shrunk.author_id
left join engagers on authors.author_id = engagers.author_id
left join {{ ref('stg_scores__authenticity') }} as authenticity on authors.author_id = authenticity.author_id
