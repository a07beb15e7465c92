"""The reference for SQL: candidates, exposure and organic cells from mentions, edges, adoptions and pointers, times in days.

mentions: mention_id, author_id, person_id, object_id, mentioned_at. edges: author_id, person_id (who sees the author), edge_class,
first_at. adoptions: adoption_id, person_id, object_id, adopted_at, community_id. pointers: adoption_id, mention_id.
An edge counts for the mentions from `first_at` on; of several edges between the same two the heaviest does. Nobody sees themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import md5

import polars as pl
from polars import col

from orchestration.scoring.controls import CONTROLS, PLACEBO, REVERSED, SHUFFLED
from orchestration.scoring.inputs import CLASSES
from orchestration.scoring.parameters import Parameters

WEIGHTS = {name: getattr(Parameters(), f"{name}_weight") for name in CLASSES[1:]}
OWN = ["mention_id", "author_id", "object_id", "mentioned_at", col("person_id").alias("speaker_id")]


def candidates(mentions: pl.DataFrame, edges: pl.DataFrame, adoptions: pl.DataFrame, pointers: pl.DataFrame, window: float) -> pl.DataFrame:
    """One row per adoption and mention that may have caused it, as inputs.CANDIDATES."""
    spoken = mentions.select(OWN)
    by_edge = (
        adoptions.join(weighted(edges), on="person_id")
        .join(spoken, on=["author_id", "object_id"])
        .filter(col("first_at") <= col("mentioned_at"))
        .select("adoption_id", "mention_id", "person_id", "speaker_id", "adopted_at", "mentioned_at", "edge_class", "class_weight")
    )
    pointed = (
        pointers.unique()
        .join(adoptions, on="adoption_id")
        .join(spoken, on=["mention_id", "object_id"])
        .select(
            "adoption_id", "mention_id", "person_id", "speaker_id", "adopted_at", "mentioned_at",
            edge_class=pl.lit(None, dtype=pl.String), class_weight=pl.lit(1.0),
        )
    )  # fmt: skip
    return (
        pl.concat([by_edge, pointed])
        .with_columns(lag_days=col("adopted_at") - col("mentioned_at"))
        .filter((col("lag_days") > 0) & (col("lag_days") <= window) & (col("person_id") != col("speaker_id")))
        .sort("adoption_id", "mention_id", "edge_class", col("class_weight"), descending=[False, False, False, True], nulls_last=True)
        .sort("adoption_id", "mention_id", col("edge_class").is_null(), -col("class_weight"), maintain_order=True)
        .unique(subset=["adoption_id", "mention_id"], keep="first", maintain_order=True)
        .join(pointers.unique().with_columns(is_explicit=True), on=["adoption_id", "mention_id"], how="left")
        .select("adoption_id", "mention_id", "edge_class", "class_weight", col("is_explicit").fill_null(False), "lag_days")
    )


def exposures(
    mentions: pl.DataFrame, edges: pl.DataFrame, adoptions: pl.DataFrame, window: float, half_life: float, as_of: float
) -> pl.DataFrame:
    """Per mention: `exposure` and `seen_people` as inputs.MENTIONS says, and `seen_audience`, the number of people with an edge."""
    audience = (
        mentions.select(OWN)
        .join(weighted(edges), on="author_id")
        .filter((col("first_at") <= col("mentioned_at")) & (col("person_id") != col("speaker_id")))
        .sort("mention_id", "person_id", -col("class_weight"))
        .unique(subset=["mention_id", "person_id"], keep="first", maintain_order=True)
        .join(adoptions.select("person_id", "object_id", "adopted_at"), on=["person_id", "object_id"], how="left")
    )
    days = pl.min_horizontal(pl.lit(window), as_of - col("mentioned_at"), col("adopted_at").fill_null(as_of) - col("mentioned_at"))
    effect = col("class_weight") * (1 - (-days.clip(lower_bound=0) / half_life * pl.lit(2.0).log()).exp())
    at_risk = (col("adopted_at").is_null() | (col("adopted_at") > col("mentioned_at"))).sum()
    per_mention = audience.group_by("mention_id").agg(exposure=effect.sum(), seen_audience=pl.len(), seen_people=at_risk)
    return mentions.select("mention_id").join(per_mention, on="mention_id", how="left").fill_null(0)


def controls(
    mentions: pl.DataFrame,
    edges: pl.DataFrame,
    adoptions: pl.DataFrame,
    pointers: pl.DataFrame,
    window: float,
    as_of: float,
    name_of: Callable[[str], str] = str,
) -> pl.DataFrame:
    """One row per control, adoption and person who spoke of its object first within the window around it, as controls.CONTROLS.

    mentions: with channel_id; adoptions: with week. name_of: an adoption's id as the shuffle draws by. Edges count as of the earlier
    moment, or its mirror image on the other side of the first mention.
    """
    others = adoptions.with_columns(object_id=col("object_id").replace(_next_object(mentions, adoptions)))
    owned = adoptions.select("person_id", "object_id")
    tried = {
        REVERSED: adoptions, SHUFFLED: _at_each_others_times(adoptions, name_of),
        PLACEBO: others.join(owned, on=["person_id", "object_id"], how="anti"),
    }  # fmt: skip
    told = (adoptions, pointers, window, as_of)
    found = [_pairs(mentions, edges, placed, *told).with_columns(control=pl.lit(name)) for name, placed in tried.items()]
    return pl.concat(found).select(CONTROLS.keys())


def _next_object(mentions: pl.DataFrame, adoptions: pl.DataFrame) -> dict[str, str]:
    ids = pl.concat([mentions["object_id"], adoptions["object_id"]]).unique().sort().to_list()
    return dict(zip(ids, [*ids[1:], *ids[:1]], strict=True))


def _at_each_others_times(adoptions: pl.DataFrame, name_of: Callable[[str], str]) -> pl.DataFrame:
    keys = [md5(name_of(name).encode()).hexdigest() for name in adoptions["adoption_id"]]
    of_period = adoptions.with_columns(period=col("week") // 4, drawn=pl.Series(keys))
    places = of_period.sort("object_id", "period", "drawn").with_columns(place=pl.int_range(pl.len()).over("object_id", "period"))
    times = of_period.sort("object_id", "period", "adopted_at", "adoption_id").select(
        "object_id", "period", "adopted_at", place=pl.int_range(pl.len()).over("object_id", "period")
    )
    return places.drop("adopted_at").join(times, on=["object_id", "period", "place"]).select(adoptions.columns)


def _pairs(
    mentions: pl.DataFrame,
    edges: pl.DataFrame,
    placed: pl.DataFrame,
    adoptions: pl.DataFrame,
    pointers: pl.DataFrame,
    window: float,
    as_of: float,
) -> pl.DataFrame:
    spoken = mentions.sort("mentioned_at", "mention_id").group_by("object_id", speaker_id="person_id", maintain_order=True).first()
    days = pl.min_horizontal(pl.lit(window), col("mentioned_at") - mentions["mentioned_at"].min(), as_of - col("mentioned_at"))
    owners = mentions.select("author_id", owner="person_id").unique()
    heard = weighted(edges).join(owners, on="author_id")
    pointed = pointers.join(mentions.select("mention_id", speaker_id="person_id"), on="mention_id")
    pairs = (
        placed.join(heard, on="person_id")
        .join(spoken, left_on=["owner", "author_id", "object_id"], right_on=["speaker_id", "author_id", "object_id"])
        .with_columns(lag_days=col("adopted_at") - col("mentioned_at"), days=days)
        .filter((col("lag_days") != 0) & (col("lag_days").abs() <= col("days")) & (col("person_id") != col("owner")))
        .filter(col("first_at") <= col("mentioned_at") - col("lag_days").abs())
        .sort("adoption_id", "owner", -col("class_weight"), "edge_class")
        .unique(subset=["adoption_id", "owner"], keep="first", maintain_order=True)
    )
    own = adoptions.select(owner="person_id", object_id="object_id", own_at="adopted_at")
    pairs = pairs.join(own, on=["owner", "object_id"], how="left")
    back = heard.select(owner="person_id", person_id="owner").unique().with_columns(is_mutual=True)
    named = pointed.select("adoption_id", owner="speaker_id").unique().with_columns(is_explicit=True)
    marked = pairs.join(back, on=["owner", "person_id"], how="left").join(named, on=["adoption_id", "owner"], how="left")
    return marked.select(
        "adoption_id", "object_id", "channel_id", "edge_class", "lag_days", person_id="owner", is_one_way=col("is_mutual").is_null(),
        is_unmoved=(col("own_at") > col("mentioned_at")).fill_null(True),
        is_explicit=col("is_explicit").fill_null(False),
    )  # fmt: skip


def cells(people: pl.DataFrame, adoptions: pl.DataFrame, as_of: float) -> pl.DataFrame:
    """Days at risk per community, object and week, as inputs.CELLS; weeks count from day 0."""
    weeks = pl.DataFrame({"week": range(int(-(-as_of // 7)))}, schema={"week": pl.Int32})
    members = people.group_by("community_id").agg(member_count=pl.len())
    grid = members.join(adoptions.select("object_id").unique(), how="cross").join(weeks, how="cross")
    length = pl.min_horizontal(pl.lit(7.0), as_of - col("week") * 7)
    lost = (
        adoptions.join(weeks, how="cross")
        .with_columns(days=(length - (col("adopted_at") - col("week") * 7).clip(0, 7)).clip(lower_bound=0))
        .group_by("community_id", "object_id", "week")
        .agg(col("days").sum())
    )
    return grid.join(lost, on=["community_id", "object_id", "week"], how="left").select(
        "community_id", "object_id", "week", person_days=(col("member_count") * length - col("days").fill_null(0)).clip(lower_bound=0)
    )


def weighted(edges: pl.DataFrame) -> pl.DataFrame:
    """Edges with their class weight."""
    return edges.with_columns(class_weight=col("edge_class").replace_strict(WEIGHTS, return_dtype=pl.Float64))
