"""Facts of a world, put where the score's models read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
from polars import col

from tests.orchestration.scoring import candidates

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)  # day 0
DAY = 86_400e6  # microseconds
FACTS = ("people", "accounts", "edges", "mentions", "adoptions", "pointers")
TIMES = {"mentions": "mentioned_at", "adoptions": "adopted_at", "edges": "first_at"}
MARTS = """
create schema if not exists marts; create schema staging;
create table marts.dim_dates as
select cast(range as date) as date_day from range(timestamp '2026-01-01', timestamp '2027-01-01', interval 1 day);
create table marts.dim_brands as select distinct object_id as brand_id, 'tea' as category from mentions;
create table marts.dim_topics as select 'teas' as topic_id, 'tea' as category;
create table marts.dim_products (product_id varchar, brand_id varchar, category varchar);
create table marts.dim_persons as select person_id, 'person' as person_kind from people;
create table marts.bridge_persons_authors as select person_id, author_id from accounts union select person_id, person_id from people;
create table marts.dim_authors as select author_id, channel_id, true as is_current from accounts;
create table marts.fct_authors as
select author_id, date '2026-03-05' as observed_date, cast(followers as bigint) as follower_count from accounts;
create table marts.fct_posts as
select mention_id as post_id, author_id, channel_id, false as is_deleted from mentions inner join accounts using (author_id);
create table staging.reach_rules as from (values
    ('forum', 'likes', 20.0, date '1990-01-01', cast(null as date)), ('microblog', 'followers', 0.15, date '1990-01-01', null),
    ('video', 'followers', 0.15, date '1990-01-01', null)
) as rules (channel_id, basis, small_factor, valid_from, valid_to);
create table marts.fct_mentions as
select mention_id, mention_id as post_id, author_id, object_id as brand_id, cast(null as varchar) as product_id, 0 as span_start,
    'positive' as stance, 'recommends' as intent, cast(1 as float) as intent_confidence, said_at
from mentions;
create table marts.fct_engagement (
    post_id varchar, observed_date date, like_count bigint, comment_count bigint, share_count bigint, view_count bigint
);
create table marts.fct_reach as
select mention_id as post_id, date '2026-03-05' as observed_date,
    case when channel_id = 'microblog' then cast(round(.15 * followers) as bigint) else 150 end as reach_mid,
    case when channel_id in ('forum', 'microblog') then 'estimated' else 'reported' end as method,
    case channel_id when 'forum' then 'likes' when 'microblog' then 'followers' else 'views' end as source_metric,
    cast(followers as bigint) as follower_count
from mentions inner join accounts using (author_id);
create table marts.fct_influence_edges as
select person_id as audience_person_id, author_id, edge_class, class_weight, first_at from edges
where (person_id, author_id) not in (select person_id, author_id from accounts);
create table marts.fct_adoptions as
select adoption_id, person_id, 'brand' as object_kind, object_id, object_id as brand_id, adopted_at, adopted_at as adopted_until,
    true as is_new, adopted_at as known_at, adoption_id as post_id,
    adoption_id as order_id
from adoptions;
create table marts.fct_interactions as
select 'reply' as kind, person_id as actor_author_id, cast(null as varchar) as target_author_id, adoption_id as post_id,
    mention_id as target_post_id, adopted_at as occurred_at
from pointers inner join adoptions using (adoption_id);
create table marts.fct_touches (conversion_id varchar, evidence_class varchar, author_id varchar);
insert into raw_scores.communities select date '2026-06-09', person_id, community_id from people;
insert into raw_scores.authenticity select author_id, .5, [] from accounts;
"""


def put_facts(facts: Mapping[str, pl.DataFrame], warehouse: Path, days: int) -> None:
    """Frames as those of a planted World, by FACTS, into marts; the night that is scored is the last of so many days."""
    with duckdb.connect(warehouse) as connection:
        connection.execute("set timezone = 'UTC'")
        for name in FACTS:
            frame = candidates.weighted(facts[name]) if name == "edges" else facts[name]
            if name in TIMES:
                moment = MONDAY + pl.duration(microseconds=(col(TIMES[name]) * DAY).round().cast(pl.Int64))
                frame = frame.with_columns(moment.alias("said_at" if name == "mentions" else TIMES[name]))
            connection.register(name, frame.to_arrow())
        connection.execute(MARTS)
        connection.execute(
            "insert into raw_scores.nights values (?, ?)", [(MONDAY + timedelta(days=days - 1)).date(), MONDAY + timedelta(days=days)]
        )
