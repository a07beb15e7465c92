"""The score on real purchases among peers: Ciao, where people review products and say whom they trust.

In the 14 days after a trusted peer's review 516 pairs follow, in the 14 days before it 552 do: nobody is shown to move anybody.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
from polars import col

from orchestration.scoring.communities import COMMUNITIES, find_communities
from orchestration.scoring.controls import Controls
from orchestration.scoring.inputs import CANDIDATES, encode
from orchestration.scoring.parameters import Parameters
from orchestration.scoring.rates import learn_rates
from tests.conftest import ROOT
from tests.orchestration.scoring import candidates

LABELLED = ROOT.parent / "shared" / "labelled"
FILES = ("ciao_reviews.parquet", "ciao_trust.parquet")


def read_ciao(folder: Path = LABELLED) -> tuple[pl.DataFrame, pl.DataFrame]:
    """First reviews (person_id, object_id, day, year) and who hears whom (person_id, author_id)."""
    reviews, trust = (pl.read_parquet(folder / name) for name in FILES)
    reviews = reviews.select(
        person_id=col("person").cast(pl.String), object_id=col("product").cast(pl.String),
        day=col("reviewed_on").dt.epoch("d").cast(pl.Float64), year=col("reviewed_on").dt.year(),
    )  # fmt: skip
    first = reviews.sort("day", "person_id", "object_id").unique(["person_id", "object_id"], keep="first", maintain_order=True)
    return first, trust.select(person_id=col("person").cast(pl.String), author_id=col("trusts").cast(pl.String)).unique()


def shuffled(reviews: pl.DataFrame) -> pl.DataFrame:
    """Days permuted among the reviews of a product in a year: no order is left, all demand is."""
    return reviews.with_columns(col("day").shuffle(seed=3).over("object_id", "year"))


def measure_ciao(reviews: pl.DataFrame, trust: pl.DataFrame, parameters: Parameters) -> dict[str, float]:
    """Of all adoptions and of those with a candidate, what is credited; and what the controls count."""
    numbered = reviews.sort("day", "person_id", "object_id").with_row_index("number")
    named = numbered.with_columns(mention_id=pl.format("m{}", "number"), adoption_id=pl.format("d{}", "number"))
    first_day, as_of = named["day"].min(), named["day"].max()
    assert isinstance(first_day, float)
    assert isinstance(as_of, float)
    mentions = named.select(
        "mention_id", "person_id", "object_id", author_id="person_id", channel_id=pl.lit("communities"), mentioned_at="day"
    )
    edges = trust.with_columns(edge_class=pl.lit("follows"), first_at=pl.lit(first_day - parameters.window - 1))
    groups = find_communities(trust.select("person_id", peer_id="author_id", weight=pl.lit(1.0)), pl.DataFrame(schema=COMMUNITIES))
    adoptions = (
        named.join(groups, on="person_id", how="left")
        .with_columns(col("community_id").fill_null("none"), adopted_at="day", day=(col("day") - first_day).floor().cast(pl.Int32))
        .with_columns(week=(col("day") / 7).floor().cast(pl.Int32))
    )
    pointers = pl.DataFrame(schema={"adoption_id": pl.String, "mention_id": pl.String})
    exposure = candidates.exposures(mentions, edges, adoptions, parameters.window, parameters.half_life, as_of)
    known = encode(
        mentions.select("author_id", "person_id", "channel_id", population=pl.lit("public")).unique().with_columns(
            audience=None, engagement_rate=None, engager_count=None, authenticity=None
        ),
        mentions.join(exposure, on="mention_id").with_columns(hidden_reach=pl.lit(0.0)),
        adoptions,
        candidates.candidates(mentions, edges, adoptions, pointers, parameters.window).cast(CANDIDATES),  # type: ignore[arg-type]
        _cells(adoptions, groups, first_day, as_of),
    )  # fmt: skip
    pairs = candidates.controls(mentions, edges, adoptions, pointers, parameters.window, as_of)
    controls = Controls.of(known, pairs, parameters)
    counted, uncontrolled = (float((1 - learn_rates(known, parameters, way).credit.anyway).sum()) for way in (controls, None))
    near = float(len(set(known.candidate_adoption.tolist())))
    whole = controls.table.row(0, named=True)
    return {
        "adoptions": float(adoptions.height), "with a candidate": near, "credited": counted, "credited without the control": uncontrolled,
        "forward": float(whole["forward"]), "reversed": float(whole["reversed"]),
        "all forward": float((pairs["lag_days"] > 0).sum()), "all reversed": float((pairs["lag_days"] < 0).sum()),
    }  # fmt: skip


def _cells(adoptions: pl.DataFrame, groups: pl.DataFrame, first_day: float, as_of: float) -> pl.DataFrame:
    """As candidates.cells, with an object's weeks without adoptions as one: they count for its rate, no adoption asks for theirs."""
    members = groups.group_by("community_id").agg(members=pl.len())
    people, days = float(groups.height), as_of - first_day + 1
    objects = adoptions.group_by("object_id").agg(weeks=col("week").n_unique())
    own = adoptions.select("object_id", "community_id").unique().join(members, on="community_id", how="left").fill_null(1)
    others = own.group_by("object_id").agg(members=(people - col("members").sum()).clip(lower_bound=0)).with_columns(
        community_id=pl.lit("others")
    )  # fmt: skip
    groups_of = pl.concat(
        [own.select("object_id", "community_id", col("members").cast(pl.Float64)), others.select("object_id", "community_id", "members")]
    )
    weeks = adoptions.select("object_id", "week").unique()
    busy = groups_of.join(weeks, on="object_id").with_columns(person_days=col("members") * 7)
    quiet = groups_of.join(objects, on="object_id").with_columns(
        week=pl.lit(-1, dtype=pl.Int32), person_days=col("members") * (days - 7 * col("weeks")).clip(lower_bound=0)
    )
    names = ["community_id", "object_id", "week", "person_days"]
    return pl.concat([busy.select(names), quiet.select(names)])
