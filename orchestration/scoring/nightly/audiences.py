"""What the score has to know of audiences before dbt can build its frames: who belongs together, and how much of an audience counts."""

from __future__ import annotations

from datetime import UTC, date, tzinfo

import polars as pl

from orchestration.scoring.authenticity import authenticity
from orchestration.scoring.communities import COMMUNITIES, find_communities
from orchestration.scoring.nightly.backtest import night_end
from orchestration.warehouse.connections import execute_over
from orchestration.warehouse.warehouse import Warehouse

# Figures of authenticity.py. Shares of followers and comments need 20 of them, variation ten posts, peers 20 accounts of the channel and
# order of magnitude, growth 14 nights; below, and where a platform does not tell, a figure is NULL and says nothing. Not computed:
# pod_share, for friends who answer each other look the same. Likes per comment are pooled over the channel, twice without the accounts of
# more than twice as many: of the sandbox's accounts with a hundred followers three in four buy likes, and a median of their size is a
# buyer's. One like-to-comment and 20 followers more keep small figures from being unusual: 160 of 1,424 honest accounts followed five times
# the three followers that they had. With that, empty bios read as none, and unanswered likes, accounts that buy come out at .46 in the
# mean (.985 before) and all others on the microblog at .996 (.982); of a pair, one of each, the buyer's is the lower in 86 of 100 (47).
# Only times that the platform tells take part in bursts. Growth is reckoned in doubles: a mistaken count may be as large as an integer can
# be, and its square has no room in one.
FIGURES = """
with accounts as (
    select author_id, channel_id, handle, bio, registered_at from marts.dim_authors
    where is_current
),
audiences as (
    select author_id, arg_max(follower_count, observed_date) as followers, arg_max(following_count, observed_date) as following,
        arg_max(post_count, observed_date) as posts
    from marts.fct_authors where observed_date <= $day group by author_id
),
nights as (
    select author_id, observed_date, follower_count, follower_count - lag(follower_count) over by_night as gained
    from (select author_id, observed_date, follower_count::double as follower_count from marts.fct_authors)
    where observed_date <= $day and follower_count is not null
    window by_night as (partition by author_id order by observed_date)
),
spoken_of as (
    select target_author_id as author_id, occurred_at::date as observed_date, count(*) as acts from marts.fct_interactions
    where target_author_id is not null and not is_time_estimated group by all
),
growth as (
    select nights.*, coalesce(acts, 0) as acts, count(gained) over all_nights as night_count,
        (sum(gained) over all_nights - gained) / (count(gained) over all_nights - 1) as usual_gain,
        (sum(gained * gained) over all_nights - gained * gained) / (count(gained) over all_nights - 1) as usual_square,
        (sum(coalesce(acts, 0)) over all_nights - coalesce(acts, 0)) / (count(*) over all_nights - 1) as usual_acts,
        min(follower_count) over (partition by author_id order by observed_date rows between current row and 30 following) as kept
    from nights left join spoken_of using (author_id, observed_date)
    window all_nights as (partition by author_id)
),
spikes as (
    select author_id,
        sum(greatest(gained - greatest(follower_count - kept, 0), 0)) filter (acts <= 2 * usual_acts + 2) as unexplained,
        sum(least(gained, greatest(follower_count - kept, 0))) as lost
    from growth
    where night_count >= 14 and gained > 4 * sqrt(greatest(usual_square - usual_gain ** 2, usual_gain, 1)) + usual_gain
    group by author_id
),
measured as (select author_id, count(*) as night_count from nights group by author_id having count(gained) >= 14),
followers as (
    select edges.author_id, count(*) as known,
        avg((nullif(trim(follower.bio), '') is null and figures.posts = 0)::int) as ghosts,
        count(follower.registered_at) as dated, avg((follower.registered_at > $end - interval 30 day)::int) as new,
        avg(regexp_matches(follower.handle, '^(user[_-]?[0-9]{5}|[a-z]+[_-]?[0-9]{5,}(@|$))', 'i')::int) as default_names
    from marts.fct_influence_edges as edges
    inner join accounts as follower on edges.audience_person_id = follower.author_id
    inner join audiences as figures on edges.audience_person_id = figures.author_id
    where edges.edge_class = 'follows' group by edges.author_id having count(*) >= 20
),
latest as (
    select posts.author_id, posts.post_id, arg_max(like_count, observed_date) as likes, arg_max(comment_count, observed_date) as comments,
        arg_max(view_count, observed_date) as views
    from marts.fct_engagement inner join marts.fct_posts as posts using (post_id)
    where observed_date <= $day group by all
),
engagement as (
    select author_id, sum(likes) filter (comments is not null) as liked, sum(comments) filter (likes is not null) as answered,
        case when count(likes) >= 10 and avg(likes) >= 10 then stddev_pop(likes) / avg(likes) end as like_variation, avg(views) as views
    from latest group by author_id
),
comments as (
    select acts.target_author_id as author_id, acts.actor_author_id, lower(trim(posts.text)) as text,
        count(*) over (partition by acts.target_author_id, lower(trim(posts.text))) as same
    from marts.fct_interactions as acts inner join marts.fct_posts as posts on acts.post_id = posts.post_id
    where acts.kind = 'reply' and acts.occurred_at < $end and posts.text is not null and acts.actor_author_id <> acts.target_author_id
),
commented as (
    select author_id, avg((same > 1)::int) as duplicates, avg((len(regexp_split_to_array(text, '\\s+')) < 5)::int) as short
    from comments group by author_id having count(*) >= 20
),
acts as (
    select target_author_id as author_id, actor_author_id, occurred_at,
        least(
            occurred_at - lag(occurred_at) over by_time, lead(occurred_at) over by_time - occurred_at
        ) <= interval 60 second as is_burst
    from marts.fct_interactions
    where target_author_id is not null and actor_author_id <> target_author_id and not is_time_estimated and occurred_at < $end
    window by_time as (partition by coalesce(target_post_id, target_author_id) order by occurred_at)
),
bursts as (select author_id, avg(coalesce(is_burst, false)::int) as share from acts group by author_id having count(*) >= 20),
engagers as (
    select pairs.author_id, avg((posts = 0)::int) as inactive
    from (select distinct author_id, actor_author_id from acts) as pairs
    inner join audiences on pairs.actor_author_id = audiences.author_id
    where posts is not null group by pairs.author_id having count(*) >= 20
),
sized as (
    select accounts.*, audiences.* exclude (author_id), engagement.* exclude (author_id),
        floor(log10(greatest(followers, 1))) as size, views / nullif(followers, 0) as reach
    from accounts left join audiences using (author_id) left join engagement using (author_id)
),
liked_at_all as (
    select channel_id, sum(liked) / sum(answered) as likes_per_comment from sized where liked is not null and answered is not null
    group by channel_id having count(*) >= 20 and sum(answered) >= 20
),
liked_trimmed as (
    select channel_id, sum(liked) / nullif(sum(answered), 0) as likes_per_comment from sized inner join liked_at_all using (channel_id)
    where liked / likes_per_comment + 1 <= 2 * (answered + 1) group by channel_id
),
usual as (
    select channel_id, greatest(sum(liked) / nullif(sum(answered), 0), 1) as likes_per_comment
    from sized inner join liked_trimmed using (channel_id)
    where liked / likes_per_comment + 1 <= 2 * (answered + 1) group by channel_id
),
compared as (
    select sized.*, (liked / likes_per_comment + 1) / (answered + 1) as likes_per_comment_to_peers,
        case when count(reach) over peers >= 20 then reach / nullif(median(reach) over peers, 0) end as reach_to_peers
    from sized left join usual using (channel_id) window peers as (partition by sized.channel_id, sized.size)
)
select compared.author_id, followers.ghosts as ghost_share,
    case when followers.dated >= 20 then followers.new end as new_follower_share, followers.default_names as default_name_share,
    case when measured.night_count > 0 then coalesce(spikes.unexplained, 0) / nullif(compared.followers, 0) end as unexplained_growth_share,
    case when measured.night_count > 0 then coalesce(spikes.lost, 0) / nullif(compared.followers, 0) end as lost_after_growth_share,
    compared.following as following_count, compared.following / (compared.followers + 20) as following_per_follower,
    case when compared.likes_per_comment_to_peers > 4 then 1 - 4 / compared.likes_per_comment_to_peers end as unanswered_like_share,
    compared.likes_per_comment_to_peers, compared.like_variation, commented.duplicates as duplicate_comment_share,
    commented.short as short_comment_share, bursts.share as burst_share, compared.reach_to_peers,
    engagers.inactive as inactive_engager_share
from compared
left join followers using (author_id) left join measured using (author_id) left join spikes using (author_id)
left join commented using (author_id) left join bursts using (author_id) left join engagers using (author_id)
order by compared.author_id
"""


def write_communities(warehouse: Warehouse, as_of: date, zone: tzinfo = UTC) -> int:
    """Finds the communities of the people who have an edge, and says which night is scored; returns how many people are in one.

    The labels of the newest earlier night are kept by overlap, and that night's rows beside: a night that is read again starts from the
    same labels.
    """
    with warehouse.connect() as connection:
        edges = connection.execute(
            """
            select edges.audience_person_id as person_id, bridge.person_id as peer_id, edges.class_weight::double as weight
            from marts.fct_influence_edges as edges
            inner join marts.bridge_persons_authors as bridge on edges.author_id = bridge.author_id
            """
        ).pl()
        previous = connection.execute(
            """
            with nights as (from raw_scores.communities union all from raw_scores.communities_before)
            from nights where as_of_date = (select max(as_of_date) from nights where as_of_date < ?) order by person_id
            """,
            [as_of],
        ).pl()
    found = find_communities(edges, previous.select(COMMUNITIES.keys()).cast(dict(COMMUNITIES))).select(  # type: ignore[arg-type]
        pl.lit(as_of).alias("as_of_date"), *COMMUNITIES
    )
    night = pl.DataFrame({"as_of_date": [as_of], "ends_at": [night_end(as_of, zone)]})
    with warehouse.transaction() as connection:
        for table, rows in (("nights", night), ("communities_before", previous), ("communities", found)):
            connection.execute(f"delete from raw_scores.{table}")
            execute_over(connection, rows, f"insert into raw_scores.{table} by name from rows")
    return found.height


def write_authenticity(warehouse: Warehouse, as_of: date, zone: tzinfo = UTC) -> int:
    """Measures every account's audience; returns how many have something unusual."""
    with warehouse.connect() as connection:
        figures = connection.execute(FIGURES, {"day": as_of, "end": night_end(as_of, zone)}).pl()
    measured = authenticity(figures)
    with warehouse.transaction() as connection:
        connection.execute("delete from raw_scores.authenticity")
        execute_over(connection, measured, "insert into raw_scores.authenticity by name from rows")
    return measured.filter(pl.col("unusual_signals").list.len() > 0).height
