"""Removal effects: by hand, against a chain that is walked, and against what has to hold whatever the journeys."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from orchestration.attribution.journeys import Journeys
from orchestration.attribution.markov import markov_credits, removal_effects
from tests.orchestration.attribution.paths import Path, journeys_of, removal_by_brute_force, some_paths


def effects(paths: list[Path]) -> dict[str, float]:
    journeys, touches = journeys_of(paths)
    found = removal_effects(journeys)
    return {name: float(found[number]) for name, number in zip(touches["player_id"], journeys.player.tolist(), strict=True)}


def test_removal_effects_by_hand() -> None:
    """Of three journeys two convert: a -> b -> sale, a -> nothing, b -> sale.

    From a, half goes on to b; everybody at b buys. P(sale) = 2/3 x 1/2 + 1/3 = 2/3. Without a only the third journey: 1/3, so a half is
    lost; without b nothing is left.
    """
    assert effects([("a b", True), ("a", False), ("b", True)]) == pytest.approx({"a": 0.5, "b": 1.0})


def test_credits_of_a_journey_are_its_players_shares_of_their_effects() -> None:
    journeys, touches = journeys_of([("a b", True), ("a", False), ("b", True)])
    found = dict(zip(zip(touches["journey_id"], touches["player_id"], strict=True), markov_credits(journeys).tolist(), strict=True))
    assert found[("000000", "a")] == pytest.approx(1 / 3)
    assert found[("000000", "b")] == pytest.approx(2 / 3)
    assert found[("000002", "b")] == pytest.approx(1)


def test_who_touches_twice_has_no_more_and_each_touch_half() -> None:
    """Of a -> b -> a -> sale: from a, half goes on to b and comes back. Without b half is lost, without a all: 1/3 and 2/3."""
    journeys, touches = journeys_of([("a b a", True)])
    assert touches["player_id"].to_list() == ["a", "b", "a"]
    assert markov_credits(journeys) == pytest.approx([1 / 3, 1 / 3, 1 / 3])


def test_touches_at_one_time_share_the_way() -> None:
    """Of a+b -> c -> sale everybody passes c, half of them a, half b."""
    assert effects([("a+b c", True)]) == pytest.approx({"a": 0.5, "b": 0.5, "c": 1.0})


def test_staying_changes_nothing() -> None:
    short = [("a b", True), ("a", False), ("b c", True), ("c", False)]
    assert effects([(path.replace("a", "a a a"), done) for path, done in short]) == pytest.approx(effects(short))


@given(some_paths)
@settings(max_examples=60)
def test_the_formula_is_the_walked_chain(paths: list[Path]) -> None:
    assert effects(paths) == pytest.approx(removal_by_brute_force(paths), abs=1e-9)


@given(some_paths)
@settings(max_examples=60)
def test_credits_sum_to_one_and_none_is_negative(paths: list[Path]) -> None:
    journeys, _ = journeys_of(paths)
    credit = markov_credits(journeys)
    assert np.bincount(journeys.journey, credit) == pytest.approx(np.ones(len(paths)))
    assert credit.min() >= 0


def test_brands_have_nothing_in_common() -> None:
    """Journeys of two brands with the same people are two chains."""
    journeys, touches = journeys_of([("a b", True), ("a", False), ("b", True)])
    two = Journeys(
        np.concatenate([journeys.journey, journeys.journey + 3]),
        np.tile(journeys.step, 2),
        np.concatenate([journeys.player, journeys.player + 2]),
        np.array([True, False, True, True, True, True]),
        4,
    )
    credit = markov_credits(two)
    assert credit[: touches.height] == pytest.approx(markov_credits(journeys))


def test_no_journey_no_credit() -> None:
    assert markov_credits(journeys_of([])[0]).size == 0
