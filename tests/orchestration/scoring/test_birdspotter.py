from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.orchestration.scoring.birdspotter import EVENTS, cascade_influence, influence


def test_a_cascade_of_three_by_hand() -> None:
    """Of the second the first is the parent; of the third either: 3 followers halved twice against 1 halved once, .6 to .4."""
    found = cascade_influence(np.array([0.0, 1.0, 2.0]), np.array([3.0, 1.0, 9.0]), 1.0)
    assert found == pytest.approx([1 + 1.4 + 0.6, 1.4, 1.0])


def test_the_pass_back_gives_what_the_recursion_of_the_paper_does() -> None:
    random = np.random.default_rng(1)
    at, followers = np.sort(random.random(40) * 30), random.lognormal(3, 1, 40)
    chance = np.triu(followers[:, None] * np.exp2(-(at - at[:, None]) / 3), 1)
    chance[:, 1:] /= chance[:, 1:].sum(axis=0)
    descends = np.eye(40)  # m_ij
    for event in range(1, 40):
        descends[:event, event] = descends[:event, :event] @ chance[:event, event]
    assert cascade_influence(at, followers, 3.0) == pytest.approx(descends.sum(axis=1))


def test_a_person_has_the_mean_and_the_sum_of_their_events() -> None:
    rows: list[tuple[str, str, float, float | None]] = [("cup", "ann", 0.0, 3.0), ("cup", "ben", 1.0, 1.0), ("cup", "ann", 2.0, 9.0)]
    rows += [("mug", "ben", 500.0, None), ("mug", "cat", 4.0, 0.0)]
    found = influence(pl.DataFrame(rows, schema=EVENTS, orient="row"), 1.0).sort("person_id")
    assert found["person_id"].to_list() == ["ann", "ben", "cat"]
    assert found["total"].to_list() == pytest.approx([4.0, 2.4, 2.0])
    assert found["mean"].to_list() == pytest.approx([2.0, 1.2, 2.0])


def test_nothing_was_said() -> None:
    assert influence(pl.DataFrame(schema=dict.fromkeys(EVENTS, pl.Float64)), 3.0).is_empty()
