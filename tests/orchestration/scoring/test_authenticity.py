from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.scoring.authenticity import FIGURES, PATTERNS, SHARES, authenticity
from orchestration.scoring.prior import authentic

SIGNALS = (*SHARES, *PATTERNS)


def judge(**figures: float | None) -> tuple[object, object]:
    row = authenticity(pl.DataFrame({"author_id": ["a"], **{name: [value] for name, value in figures.items()}}))
    return row["authenticity"][0], row["unusual_signals"].to_list()[0]


def test_what_is_unknown_says_nothing() -> None:
    assert judge() == (1.0, [])
    assert judge(**dict.fromkeys(list(FIGURES)[1:])) == (1.0, [])


def test_shares_of_the_same_followers_are_not_taken_twice() -> None:
    assert judge(ghost_share=0.5, new_follower_share=0.6) == (pytest.approx(0.4), ["ghost_share", "new_follower_share"])
    assert judge(ghost_share=0.1) == (pytest.approx(0.9), [])


def test_patterns_multiply_and_are_named() -> None:
    assert judge(like_variation=0.05, likes_per_comment_to_peers=9.0) == (
        pytest.approx(0.49),
        ["likes_per_comment_to_peers", "like_variation"],
    )
    assert judge(like_variation=0.5, likes_per_comment_to_peers=1.0) == (1.0, [])
    assert judge(reach_to_peers=0.1, ghost_share=0.5)[0] == pytest.approx(0.35)


@settings(max_examples=30)
@given(st.fixed_dictionaries({signal.name: st.none() | st.floats(0, 1e6) for signal in SIGNALS}))
def test_it_is_a_share_and_no_figure_raises_it(figures: dict[str, float | None]) -> None:
    share, names = judge(**figures)
    assert isinstance(share, float)
    assert 0 <= share <= 1
    assert isinstance(names, list)
    assert set(names) <= {name for name, value in figures.items() if value is not None}
    less = [figures | {name: None} | {"author_id": name} for name in figures]
    assert (authenticity(pl.DataFrame(less, schema=FIGURES))["authenticity"] >= share).all()


@given(st.integers(1, 10**7), st.integers(0, 10**8))
def test_followers_that_do_not_count_leave_the_audience_as_it_was(real: int, bought: int) -> None:
    row = authenticity(pl.DataFrame({"author_id": ["a"], "ghost_share": [bought / (real + bought)]}))
    counted = authentic(pl.Series([float(real + bought)]).to_numpy(), row["authenticity"].to_numpy())[0]
    assert real - 1e-5 <= counted <= real
