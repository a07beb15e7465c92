"""Shapley values: by hand, against all orders of arrival, against sampled ones, and what has to hold whatever the journeys."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.attribution.shapley import conversion_shares, shapley_credits, shapley_values
from tests.orchestration.attribution.paths import Path, journeys_of, shapley_by_brute_force, some_paths

probabilities = st.lists(st.floats(0, 1), min_size=1, max_size=7)


def values_of(probability: list[float]) -> np.ndarray:
    return shapley_values(np.zeros(len(probability), np.int64), np.array(probability))


def test_two_players_by_hand() -> None:
    """v(a) = 1/2, v(b) = 1, v(ab) = 1. First a: 1/2 then 1/2; first b: 1 then 0. So a has (1/2 + 0) / 2 and b (1/2 + 1) / 2."""
    assert values_of([0.5, 1.0]) == pytest.approx([0.25, 0.75])


def test_a_journey_by_hand() -> None:
    """Of two journeys with a one converted, of two with b both: the values above, as shares of 1."""
    journeys, touches = journeys_of([("a b", True), ("a", False), ("b", True)])
    assert conversion_shares(journeys) == pytest.approx([0.5, 1.0])
    found = dict(zip(zip(touches["journey_id"], touches["player_id"], strict=True), shapley_credits(journeys).tolist(), strict=True))
    assert found[("000000", "a")] == pytest.approx(0.25)
    assert found[("000000", "b")] == pytest.approx(0.75)


def test_without_journeys_that_ended_in_nothing_all_share_equally() -> None:
    journeys, _ = journeys_of([("a b c", True), ("b a b", True)])
    assert shapley_credits(journeys) == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1 / 4, 1 / 2, 1 / 4])


@given(probabilities)
@settings(max_examples=100)
def test_values_are_the_mean_over_all_orders(probability: list[float]) -> None:
    assert values_of(probability) == pytest.approx(shapley_by_brute_force(probability), abs=1e-12)


@pytest.mark.parametrize("count", [1, 2, 5, 8, 12])
def test_values_are_the_weighted_sum_over_all_coalitions(count: int) -> None:
    """Shapley's own formula, all 2^n coalitions of up to twelve."""
    probability = np.random.default_rng(count).random(count)

    def worth(players: tuple[int, ...]) -> float:
        return 1 - float(np.prod(1 - probability[list(players)]))

    for player in range(count):
        others = [other for other in range(count) if other != player]
        expected = sum(
            factorial(size) * factorial(count - size - 1) / factorial(count) * (worth((*some, player)) - worth(some))
            for size in range(count)
            for some in combinations(others, size)
        )
        assert values_of(probability.tolist())[player] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("count", [13, 30, 60])
def test_above_twelve_values_are_those_of_sampled_orders(count: int) -> None:
    rng = np.random.default_rng(6)
    probability = rng.random(count) * 0.4
    samples = np.zeros((20_000, count))
    for sample in samples:
        order = rng.permutation(count)
        still_unmoved = np.cumprod(np.concatenate([[1.0], 1 - probability[order][:-1]]))
        sample[order] = probability[order] * still_unmoved
    error = samples.std(axis=0) / np.sqrt(len(samples))
    assert np.all(np.abs(values_of(probability.tolist()) - samples.mean(axis=0)) < 5 * error)


@given(st.lists(st.lists(st.floats(0, 1), min_size=1, max_size=40), min_size=1, max_size=5))
@settings(max_examples=60)
def test_values_of_a_game_sum_to_what_all_are_worth(games: list[list[float]]) -> None:
    game = np.repeat(np.arange(len(games)), [len(players) for players in games])
    found = np.bincount(game, shapley_values(game, np.concatenate([np.array(players) for players in games])))
    assert found == pytest.approx([1 - float(np.prod(1 - np.array(players))) for players in games], abs=1e-12)


@given(some_paths)
@settings(max_examples=60)
def test_credits_sum_to_one_and_none_is_negative(paths: list[Path]) -> None:
    journeys, _ = journeys_of(paths)
    credit = shapley_credits(journeys)
    assert np.bincount(journeys.journey, credit) == pytest.approx(np.ones(len(paths)))
    assert credit.min() >= 0


def test_no_journey_no_credit() -> None:
    assert shapley_credits(journeys_of([])[0]).size == 0
