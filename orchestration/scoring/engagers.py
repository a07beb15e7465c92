"""The baseline ranking: how many different peers answered a person. Simple on purpose; every later score has to beat it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import polars as pl
from polars import col

SCORE_VERSION = "engagers-1"
WINDOW = timedelta(days=90)
KINDS = ("reply", "repost", "quote", "link")  # a mention or a like takes no effort to give, and is bought cheaply
NOT_PEERS = ("bot", "brand", "employee")  # a brand's own people never stand beside the public

RANKINGS = {
    "as_of_date": pl.Date(),
    "score_version": pl.String(),
    "scope_kind": pl.String(),
    "scope_id": pl.String(),
    "person_id": pl.String(),
    "rank": pl.Int64(),
    "score": pl.Float64(),
    "engager_count": pl.Int64(),
    "interaction_count": pl.Int64(),
    "post_count": pl.Int64(),
    "first_interaction_at": pl.Datetime("us", "UTC"),
    "last_interaction_at": pl.Datetime("us", "UTC"),
}


def rank_engagers(interactions: pl.DataFrame, mentions: pl.DataFrame, persons: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """One row per scope (all, and each brand) and person whom at least one peer engaged; ordered by scope, rank, person.

    interactions: actor_person_id, target_person_id, kind, target_post_id (may be NULL), occurred_at (UTC). mentions: post_id, brand_id.
    persons: person_id, person_kind; persons that it does not have are kept.

    Counted are the 90 days that end with the night of `as_of`, at 00:00 UTC of the next day, that moment not included. For a brand,
    only interactions with posts that mention it count. Nobody is their own peer, and an interaction without an actor, a target or a
    time counts nowhere. `rank` 1 has most peers, equals share the best rank; `score` is 100 times the share of the scope's people
    who have fewer peers, equals counted half (the person too). The same rows in any order, or twice, give the same bytes.
    """
    end = datetime.combine(as_of, time(), UTC) + timedelta(days=1)
    left_out = persons.filter(col("person_kind").is_in(NOT_PEERS)).select("person_id")
    engagements = (
        interactions.select(
            "actor_person_id", "target_person_id", "kind", "target_post_id", col("occurred_at").cast(RANKINGS["last_interaction_at"])
        )
        .filter(
            col("kind").is_in(KINDS),
            col("actor_person_id") != col("target_person_id"),
            col("occurred_at") >= end - WINDOW,
            col("occurred_at") < end,
        )
        .unique()
        .join(left_out, left_on="actor_person_id", right_on="person_id", how="anti")
        .join(left_out, left_on="target_person_id", right_on="person_id", how="anti")
    )
    of_brands = mentions.select("post_id", "brand_id").drop_nulls().unique()
    scoped = pl.concat(
        [
            engagements.with_columns(scope_kind=pl.lit("all"), scope_id=pl.lit("all")),
            engagements.join(of_brands, left_on="target_post_id", right_on="post_id")
            .rename({"brand_id": "scope_id"})
            .select(*engagements.columns, pl.lit("brand").alias("scope_kind"), "scope_id"),
        ]
    )
    people = scoped.group_by("scope_kind", "scope_id", person_id="target_person_id").agg(
        engager_count=col("actor_person_id").n_unique(),
        interaction_count=pl.len(),
        post_count=col("target_post_id").drop_nulls().n_unique(),
        first_interaction_at=col("occurred_at").min(),
        last_interaction_at=col("occurred_at").max(),
    )
    scope = ["scope_kind", "scope_id"]
    fewer_and_half_the_equals = col("engager_count").rank("average").over(scope) - 0.5
    return (
        people.with_columns(
            as_of_date=pl.lit(as_of),
            score_version=pl.lit(SCORE_VERSION),
            rank=col("engager_count").rank("min", descending=True).over(scope),
            score=100 * fewer_and_half_the_equals / pl.len().over(scope),
        )
        .select(col(name).cast(dtype) for name, dtype in RANKINGS.items())
        .sort(*scope, "rank", "person_id")
    )
