from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from orchestration.scoring.backtest import (
    backtest,
    calibration_factor,
    captured,
    coverage,
    ndcg,
    predictive_interval,
    rank_biased_overlap,
    spearman,
)
from orchestration.scoring.baselines import FIGURES, baseline_scores
from tests.orchestration.scoring.test_credit import evidence

NOTHING = np.zeros(3)


def test_ndcg_by_hand() -> None:
    outcomes = np.array([0.0, 3.0, 1.0])
    ideal = np.log(4) + np.log(2) / np.log2(3)
    assert ndcg(np.array([3.0, 2.0, 1.0]), outcomes) == pytest.approx((np.log(4) / np.log2(3) + np.log(2) / 2) / ideal)
    assert ndcg(outcomes, outcomes) == pytest.approx(1.0)
    assert ndcg(outcomes, NOTHING) == 0.0


def test_capture_calibration_coverage_by_hand() -> None:
    outcomes = np.array([8.0, 2.0] + [0.0] * 38)
    assert captured(np.arange(40.0)[::-1], outcomes) == 1.0
    assert captured(np.arange(40.0), outcomes) == 0.0
    assert calibration_factor(np.array([2.0, 2.0]), np.array([1.0, 1.0])) == 0.5
    assert calibration_factor(NOTHING, np.ones(3)) == 1.0
    assert coverage(np.zeros(4), np.ones(4), np.array([0.0, 0.5, 1.0, 2.0])) == 0.75


def test_overlap_of_rankings() -> None:
    scores = np.random.default_rng(1).random(500)
    assert rank_biased_overlap(scores, scores) == pytest.approx(1.0)
    assert rank_biased_overlap(scores, -scores) < 0.05
    # two people in either order: agreement 0 at the first rank, 1 at the second: (1 - p) / p * p^2 * 1 + p^2 with p = .5
    assert rank_biased_overlap(np.array([2.0, 1.0]), np.array([1.0, 2.0]), 0.5, 2) == pytest.approx(0.5)
    assert spearman(scores, scores**3) == pytest.approx(1.0)
    assert spearman(scores, np.zeros(500)) == 0.0


def test_a_count_lies_in_its_predictive_interval_as_often_as_it_says() -> None:
    random = np.random.default_rng(2)
    mean, deviation = np.full(20_000, 6.0), np.full(20_000, 3.0)
    counts = random.poisson(random.gamma(4.0, 1.5, 20_000)).astype(np.float64)
    low, high = predictive_interval(mean, deviation)
    assert coverage(low, high, counts) == pytest.approx(0.92, abs=0.02)  # a little above .9: counts are whole


def test_a_backtest_holds_all_rankers_against_the_same_people() -> None:
    rankings = pl.DataFrame({"person_id": ["ann", "ben"], "rank": [1, 2], "impact": [4.0, 1.0], "impact_deviation": [1.0, 1.0]})
    outcomes = pl.DataFrame({"person_id": ["cat", "ann"], "adoptions": [1.0, 2.0]})
    others = pl.DataFrame({"person_id": ["ann", "cat"], "followers": [1.0, 9.0]})
    rows = backtest(rankings, outcomes, others, 0.5).to_dicts()
    assert [row["ranker"] for row in rows] == ["score", "followers"]
    assert [row["captured_by_5_percent"] for row in rows] == pytest.approx([2 / 3, 1 / 3])
    assert [row["calibration_factor"] for row in rows] == [pytest.approx(3 / 5), None]
    assert rows[0]["coverage"] == pytest.approx(2 / 3)  # nothing was expected of cat
    assert (rows[0]["person_count"], rows[0]["adoption_count"]) == (3, 3.0)
    nobody = backtest(rankings.clear(), outcomes.clear(), others.clear(), 1.0)
    assert nobody["ndcg_100"].to_list() == [0.0, 0.0]


def test_baselines_by_hand() -> None:
    touches = [("d1", "m1", 2.0), ("d1", "m2", 1.0), ("d2", "m1", 2.0), ("d2", "m2", 2.0)]
    found = evidence(
        [(adoption, mention, "follows", 0.5, False, lag) for adoption, mention, lag in touches],
        [("d1", "cup", "c1", 0), ("d2", "cup", "c1", 0)],
        [("m1", "ann", "cup", 4.0, None), ("m2", "ben", "cup", 2.0, None)],
        [("c1", "cup", 0, 700.0)],
    )
    figures = pl.DataFrame([("ann", 9.0, None, 1.0), ("ben", 1.0, 5.0, 2.0), ("cat", 1.0, 1.0, 0.0)], schema=FIGURES, orient="row")
    edges = pl.DataFrame({"person": [1, 1, 0], "peer": [0, 2, 2]})
    rows = {row["person_id"]: row for row in baseline_scores(figures, edges, found).to_dicts()}
    assert [rows[name]["last_touch"] for name in rows] == [0.5, 1.5, 0.0]
    assert rows["ben"]["pagerank"] > rows["ann"]["pagerank"] > rows["cat"]["pagerank"]
    assert {rows[name]["k_core"] for name in rows} == {2.0}
    assert rows["ann"]["engagement"] == 0.0


def test_baselines_of_nobody() -> None:
    nobody = evidence([], [], [], [], ())
    pairs = pl.DataFrame(schema={"person": pl.Int32, "peer": pl.Int32})
    assert baseline_scores(pl.DataFrame(schema=FIGURES), pairs, nobody).is_empty()
