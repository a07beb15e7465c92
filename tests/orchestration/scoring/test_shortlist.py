from __future__ import annotations

from itertools import combinations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.scoring.shortlist import shortlist

COSTS = {"person_id": pl.String, "cost": pl.Float64}


def pick(audiences: dict[str, set[int]], costs: dict[str, float], budget: float) -> pl.DataFrame:
    reach = [(person, f"u{peer}") for person, peers in audiences.items() for peer in peers]
    return shortlist(
        pl.DataFrame(reach, schema=["person_id", "peer_id"], orient="row", schema_overrides={"person_id": pl.String, "peer_id": pl.String}),
        pl.DataFrame(list(costs.items()), schema=COSTS, orient="row"),
        budget,
    )


def test_the_second_pick_is_who_adds_most() -> None:
    audiences = {"ann": {1, 2, 3, 4, 5}, "ben": {1, 2, 3, 4}, "cat": {6, 7, 5}, "dan": {9}}
    rows = pick(audiences, dict.fromkeys(audiences, 1.0), 2)
    assert rows.rows() == [(1, "ann", 1.0, 1.0, 5, 5, 0.0, 5), (2, "cat", 1.0, 2.0, 3, 2, pytest.approx(1 / 3), 7)]


def test_a_large_audience_is_not_lost_to_a_cheap_one() -> None:
    """Per cost alone the cheap one comes first, and the rest of the budget no longer pays the other."""
    rows = pick({"cheap": {1, 2}, "dear": set(range(100))}, {"cheap": 1.0, "dear": 100.0}, 100)
    assert rows["person_id"].to_list() == ["dear"]


def test_who_has_no_price_or_adds_nobody_is_not_picked() -> None:
    rows = pick({"ann": {1, 2}, "ben": {1, 2}, "cat": {3}}, {"ann": 1.0, "ben": 1.0}, 10)
    assert rows["person_id"].to_list() == ["ann"]
    assert pick({}, {}, 10).is_empty()
    with pytest.raises(ValueError, match="above 0"):
        pick({"ann": {1}}, {"ann": 0.0}, 1)


@given(
    st.dictionaries(st.sampled_from("abcdefg"), st.sets(st.integers(0, 12), min_size=1), min_size=1),
    st.lists(st.integers(1, 9), min_size=7, max_size=7),
    st.integers(1, 20),
)
def test_it_reaches_what_greedy_lists_must(audiences: dict[str, set[int]], prices: list[int], budget: int) -> None:
    costs = {person: float(price) for person, price in zip("abcdefg", prices, strict=True)}
    rows = pick(audiences, costs, budget)
    reached = set().union(*(audiences[person] for person in rows["person_id"]))
    affordable = [
        set().union(*(audiences[person] for person in some))
        for size in range(len(audiences) + 1)
        for some in combinations(audiences, size)
        if sum(costs[person] for person in some) <= budget
    ]
    assert rows["new_peers"].sum() == len(reached)
    assert rows["cost"].sum() <= budget
    assert len(reached) >= (1 - 1 / 2.71828) / 2 * max(map(len, affordable))
