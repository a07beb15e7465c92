"""A world as the nightly score reads it on a day: the five frames, and the truth to hold a ranking against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from polars import col

from orchestration.scoring.authenticity import FIGURES, authenticity
from orchestration.scoring.inputs import Evidence, Floats, encode
from orchestration.scoring.parameters import Parameters
from orchestration.scoring.ranking import SCOPES, author_scopes
from orchestration.scoring.rates import Rates
from tests.orchestration.scoring import candidates
from tests.orchestration.scoring.worlds import World

NO_SCOPES = pl.DataFrame(schema=SCOPES)


@dataclass(frozen=True)
class Night:
    """Everything known at `as_of` (days), as frames of inputs.py."""

    world: World
    as_of: float
    authors: pl.DataFrame
    mentions: pl.DataFrame
    adoptions: pl.DataFrame
    candidates: pl.DataFrame
    cells: pl.DataFrame
    controls: pl.DataFrame

    def evidence(self) -> Evidence:
        return encode(self.authors, self.mentions, self.adoptions, self.candidates, self.cells)

    def outcomes(self, first: float, last: float, half: int | None = None) -> Floats:
        """Adoptions that a person truly caused in [first, last), of everybody or of a half of the people, by person_id."""
        caused = self.world.adoptions.filter(col("caused_by").is_not_null() & (col("adopted_at") >= first) & (col("adopted_at") < last))
        if half is not None:
            caused = caused.join(half_of(self.world.people, half), on="person_id", how="semi")
        counts = caused.group_by(person_id="caused_by").agg(count=pl.len())
        return self.people(counts, "count")

    def people(self, frame: pl.DataFrame, column: str) -> Floats:
        """A column by person_id, 0 for whoever is missing."""
        everyone = self.world.people.select("person_id").sort("person_id")
        joined = everyone.join(frame.select("person_id", column), on="person_id", how="left", maintain_order="left")
        return joined[column].cast(pl.Float64).fill_null(0.0).to_numpy()


def accounts_in_scopes(
    evidence: Evidence, rates: Rates, days: float, parameters: Parameters, scopes: pl.DataFrame = NO_SCOPES
) -> pl.DataFrame:
    """What a night makes of each kind of scope, in one frame."""
    return pl.concat(author_scopes(evidence, rates, scopes, ("all", "brand", "channel"), days, parameters))


def night(world: World, as_of: float, parameters: Parameters, since: float = 0.0, told: str = "followers") -> Night:
    """The frames of the time from `since` to `as_of`. told: what platforms tell of audiences, followers, views or nothing."""
    spoken = world.mentions.filter((col("mentioned_at") >= since) & (col("mentioned_at") < as_of))
    edges = world.edges.filter(col("first_at") < as_of)
    adopted = world.adoptions.filter(col("adopted_at") < as_of)
    counted = adopted.filter(col("adopted_at") >= since)
    exposure = candidates.exposures(spoken, edges, adopted, parameters.window, parameters.half_life, as_of)
    accounts = world.accounts.join(authenticity(figures(world)), on="author_id")
    mentions = (
        spoken.join(exposure, on="mention_id")
        .join(accounts.select("author_id", "followers"), on="author_id")
        .with_columns(hidden_reach=(_people_told(world, told, col("followers")) - col("seen_audience")).clip(lower_bound=0.0))
    )
    engagers = edges.filter(col("edge_class") == "interacted").group_by("author_id").agg(engager_count=pl.len())
    authors = accounts.join(engagers, on="author_id", how="left").select(
        "author_id", "person_id", "channel_id", pl.lit("public").alias("population"),
        pl.when((col("followers") > 0) & (told == "followers")).then(col("followers")).alias("audience"), "engagement_rate",
        pl.when(col("channel_id") != "podcast").then(col("engager_count").fill_null(0)).cast(pl.Float64).alias("engager_count"),
        "authenticity",
    )  # fmt: skip
    adoptions = counted.with_columns(week=(col("adopted_at") / 7).floor().cast(pl.Int32), day=col("adopted_at").floor().cast(pl.Int32))
    return Night(
        world,
        as_of,
        authors,
        mentions,
        adoptions,
        candidates.candidates(spoken, edges, counted, world.pointers, parameters.window),
        candidates.cells(world.people, adopted, as_of).filter(col("week") >= int(since // 7)),
        candidates.controls(
            spoken.join(world.accounts.select("author_id", "channel_id"), on="author_id"),
            edges,
            adoptions,
            world.pointers,
            parameters.window,
            as_of,
        ),
    )


def _people_told(world: World, told: str, followers: pl.Expr) -> pl.Expr:
    """Per mention the audience as int_score_mentions makes it of what is told: followers, views / .15, or nothing.

    Views are of the true audience: .15 of it, times a noise of each post; bought followers see nothing.
    """
    if told == "followers":
        return followers
    if told == "nothing":
        return pl.lit(None, dtype=pl.Float64)
    true = world.true_audiences
    noise = np.random.default_rng([world.plan.seed, 15]).lognormal(0.0, 0.5, world.mentions.height)
    views = np.rint(0.15 * true * noise)
    of_mention = dict(zip(world.mentions["mention_id"].to_list(), (views / 0.15).tolist(), strict=True))
    return col("mention_id").replace_strict(of_mention, return_dtype=pl.Float64)


def figures(world: World) -> pl.DataFrame:
    """The figures of authenticity.py that the world shows."""
    return world.accounts.select("author_id", *(name for name in FIGURES if name in world.accounts.columns and name != "author_id"))


def half_of(people: pl.DataFrame, half: int) -> pl.DataFrame:
    """Half 0 or 1 of the people, drawn once."""
    return people.filter(pl.Series(np.random.default_rng(7).permutation(people.height) % 2 == half))
