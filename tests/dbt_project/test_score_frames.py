"""The frames of the score, made in SQL from the facts of a planted world, against their reference in Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
import yaml
from polars import col
from polars.testing import assert_frame_equal

from orchestration.scoring.controls import CONTROLS, PLACEBO, REVERSED, SHUFFLED
from orchestration.scoring.inputs import ADOPTIONS, AUTHORS, CANDIDATES, CELLS, MENTIONS
from orchestration.scoring.parameters import Parameters
from tests.dbt_project.dbt import Dbt, Parsed
from tests.dbt_project.score_facts import DAY, FACTS, MONDAY, TIMES, put_facts
from tests.dbt_project.warehouse import PROJECT, create_raw_tables
from tests.orchestration.scoring import candidates
from tests.orchestration.scoring.worlds import Plan, World, make_world

pytestmark = pytest.mark.slow

DAYS = 100  # of which the last week has two
WORLD = Plan(seed=7, people=400, objects=6, communities=4, days=110, persuasion=0.02, organic=0.002)
PARAMETERS = Parameters()
TABLES: Mapping[str, Mapping[str, Any]] = {
    "authors": AUTHORS,
    "mentions": MENTIONS,
    "adoptions": ADOPTIONS,
    "candidates": CANDIDATES,
    "cells": CELLS,
    "controls": CONTROLS,
}


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(WORLD)


@pytest.fixture(scope="module")
def frames(world: World, parsed: Parsed, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    """What the models make of the world as of the end of day 100."""
    dbt = Dbt(tmp_path_factory.mktemp("frames"), parsed)
    create_raw_tables(dbt.warehouse)
    put_facts({name: getattr(world, name) for name in FACTS}, dbt.warehouse, DAYS)
    build(dbt)
    return {name: read(dbt, name, columns) for name, columns in TABLES.items()}


def build(dbt: Dbt) -> None:
    dbt.run("run", "--select", "path:models/staging/scores", "path:models/intermediate/score", "--vars", f"{{score_days: {DAYS}}}")


def read(dbt: Dbt, name: str, columns: Mapping[str, Any]) -> pl.DataFrame:
    with duckdb.connect(dbt.warehouse, read_only=True) as connection:
        rows = connection.execute(f"select {', '.join(columns)} from intermediate.int_score_{name}").pl()
    return rows.cast(dict(columns))  # type: ignore[arg-type]


def known(world: World) -> dict[str, pl.DataFrame]:
    """The world's frames up to the night, times cut to microseconds as the warehouse has them."""
    rounded = {name: getattr(world, name).with_columns((col(time) * DAY).round() / DAY) for name, time in TIMES.items()}
    return {name: frame.filter(col(TIMES[name]) < DAYS) for name, frame in rounded.items()}


def as_objects(frame: pl.DataFrame) -> pl.DataFrame:
    """Ids as the models name them."""
    columns: dict[str, Any] = {"object_id": pl.format("brand:{}", "object_id")} if "object_id" in frame.columns else {}
    for name in ("mention_id", "adoption_id"):
        if name in frame.columns:
            columns[name] = pl.format("brand {}", name)
    return frame.with_columns(**columns)


def test_candidates(world: World, frames: dict[str, pl.DataFrame]) -> None:
    told = known(world)
    expected = candidates.candidates(told["mentions"], told["edges"], told["adoptions"], world.pointers, PARAMETERS.window)
    assert expected.height > 300
    assert expected["is_explicit"].sum() > 20
    assert expected["edge_class"].null_count() > 5
    assert_frame_equal(
        frames["candidates"], as_objects(expected).cast(CANDIDATES), check_row_order=False, abs_tol=1e-9  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.fixture(scope="module")
def talkers() -> World:
    """One in a hundred writes most; two objects, so that they speak of one several times a day."""
    return make_world(replace(WORLD, people=300, objects=2, activity_spread=3.0))


def hazards(frame: pl.DataFrame, authors: pl.DataFrame) -> pl.DataFrame:
    """Per adoption and author: the sum of all hazards at a rate of 1, and that of the pointed-at ones."""
    factor = pl.when("is_explicit").then(PARAMETERS.explicit_factor).otherwise(1.0)
    hazard = col("class_weight") * factor * (-col("lag_days") / PARAMETERS.half_life * pl.lit(2.0).log()).exp()
    joined = frame.join(authors, on="mention_id").with_columns(hazard=hazard)
    return joined.group_by("adoption_id", "author_id").agg(col("hazard").sum(), col("is_explicit").any())


def test_repeated_mentions_are_one_hazard(talkers: World, parsed: Parsed, tmp_path: Path) -> None:
    """Against the exact pass: the same hazard of a sixth as many candidates."""
    dbt = Dbt(tmp_path, parsed)
    create_raw_tables(dbt.warehouse)
    put_facts({name: getattr(talkers, name) for name in FACTS}, dbt.warehouse, DAYS)
    build(dbt)
    merged = read(dbt, "candidates", CANDIDATES)
    told = known(talkers)
    exact = as_objects(candidates.candidates(told["mentions"], told["edges"], told["adoptions"], talkers.pointers, PARAMETERS.window))
    authors = as_objects(told["mentions"]).select("mention_id", "author_id")
    assert merged.height < 0.2 * exact.height
    assert merged.select("adoption_id", "mention_id").is_duplicated().sum() == 0
    assert merged.join(exact, on=["adoption_id", "mention_id"], how="anti").height == 0
    both = hazards(merged, authors).join(hazards(exact, authors), on=["adoption_id", "author_id"], how="full", suffix="_exact")
    assert both["hazard"].null_count() == both["hazard_exact"].null_count() == 0
    both = both.with_columns(error=(col("hazard") - col("hazard_exact")).abs())
    assert both.filter(~col("is_explicit"))["error"].max() < 1e-9  # type: ignore[operator]
    # what is pointed at counts once more in its slot: .07 % of all hazard
    pointed = both.filter("is_explicit")
    assert (pointed["error"] < 2 * pointed["hazard_exact"] / PARAMETERS.explicit_factor).all()
    assert both.select(col("error").sum() / col("hazard_exact").sum()).item() < 0.001


def test_exposure(world: World, frames: dict[str, pl.DataFrame]) -> None:
    told = known(world)
    expected = as_objects(
        candidates.exposures(told["mentions"], told["edges"], told["adoptions"], PARAMETERS.window, PARAMETERS.half_life, DAYS)
    )
    joined = frames["mentions"].join(expected, on="mention_id", suffix="_expected")
    assert joined.height == expected.height == frames["mentions"].height > 300
    assert (joined["exposure"] > 0).sum() > 100
    assert (joined["exposure"] - joined["exposure_expected"]).abs().max() < 1e-9  # type: ignore[operator]
    assert (joined["seen_people"] == joined["seen_people_expected"]).all()
    assert (joined["seen_people"] < joined["seen_audience"]).any()
    # in people of whom an edge would be one: all followers, or as many of them as that many views come from (150 / .15), or readers
    accounts = world.accounts.select("author_id", "channel_id", followers=col("followers").cast(pl.Int64))
    joined = joined.join(accounts, on="author_id")
    audience = {"microblog": col("followers"), "video": pl.lit(1000), "forum": pl.lit(150)}
    for channel, people in audience.items():
        of_channel = joined.filter(col("channel_id") == channel)
        assert of_channel.height > 20, channel
        hidden = (people - col("seen_audience")).clip(lower_bound=0)
        assert of_channel.select((col("hidden_reach") - hidden).abs().max()).item() < 1e-6, channel
    # listeners that no rule compares with followers tell nothing
    assert joined.filter(col("channel_id") == "podcast")["hidden_reach"].is_null().all()


def test_controls(world: World, frames: dict[str, pl.DataFrame]) -> None:
    told = known(world)
    mentions = told["mentions"].join(world.accounts.select("author_id", "channel_id"), on="author_id")
    days = (col("adopted_at") + (MONDAY - datetime(1970, 1, 5, tzinfo=UTC)).days).floor().cast(pl.Int32)
    adoptions = told["adoptions"].with_columns(day=days, week=days // 7)
    named = "brand {}".format
    pairs = candidates.controls(mentions, told["edges"], adoptions, world.pointers, PARAMETERS.window, DAYS, named)
    assert_frame_equal(
        frames["adoptions"].select(*ADOPTIONS), as_objects(adoptions).select(*ADOPTIONS).cast(ADOPTIONS), check_row_order=False  # type: ignore[arg-type]
    )  # fmt: skip
    expected = as_objects(pairs).cast(CONTROLS)  # type: ignore[arg-type]
    for name in (REVERSED, SHUFFLED, PLACEBO):
        lags = expected.filter(control=name)["lag_days"]
        assert min((lags > 0).sum(), (lags < 0).sum()) > 50
    assert 0 < expected["is_explicit"].sum() < expected.height / 2
    keys = ["control", "adoption_id", "person_id"]
    assert_frame_equal(frames["controls"].sort(keys).select(list(CONTROLS)), expected.sort(keys).select(list(CONTROLS)), abs_tol=1e-9)


def test_cells(world: World, frames: dict[str, pl.DataFrame]) -> None:
    told = known(world)
    expected = as_objects(candidates.cells(world.people, told["adoptions"], DAYS))
    adopted = as_objects(told["adoptions"]).select("community_id", "object_id").unique()
    merged = expected.join(adopted.with_columns(is_own=True), on=["community_id", "object_id"], how="left").with_columns(
        community_id=pl.when("is_own").then("community_id").otherwise(pl.lit("others"))
    )
    merged = merged.group_by("community_id", "object_id", "week").agg(col("person_days").sum())
    first_week = (MONDAY.date() - date(1970, 1, 5)).days // 7
    found = frames["cells"].filter(col("person_days") > 0).with_columns(col("week") - first_week)
    assert_frame_equal(
        found.select(merged.columns), merged.filter(col("person_days") > 0), check_row_order=False, check_dtypes=False, abs_tol=1e-6
    )


def test_adoptions_and_authors(world: World, frames: dict[str, pl.DataFrame]) -> None:
    told = known(world)
    assert set(frames["adoptions"]["adoption_id"]) == set(as_objects(told["adoptions"])["adoption_id"])
    assert set(frames["authors"]["author_id"]) == set(told["mentions"]["author_id"])
    assert frames["authors"].select("population", "authenticity").unique().rows() == [("public", 0.5)]


def test_sql_reads_the_parameters_of_the_score() -> None:
    told = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]
    parameters = asdict(PARAMETERS)
    weights = {name.removesuffix("_weight"): value for name, value in parameters.items() if name.endswith("_weight")}
    assert told["class_weights"] == weights
    assert [told[name] for name in ("score_days", "window_days", "half_life_days", "explicit_factor", "engagement_pseudo_count")] == [
        parameters[name] for name in ("history", "window", "half_life", "explicit_factor", "engagement_pseudo_count")
    ]
