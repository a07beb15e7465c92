"""Periods as people write them."""

from __future__ import annotations

from datetime import date

import pytest

from orchestration.publishing.periods import period


@pytest.mark.parametrize(
    ("asked", "since", "until"),
    [
        ("2026-09", "2026-09-01", "2026-09-30"),
        ("2028-02", "2028-02-01", "2028-02-29"),
        ("2026-Q4", "2026-10-01", "2026-12-31"),
        ("2026-w01", "2025-12-29", "2026-01-04"),
        ("2026-W53", "2026-12-28", "2027-01-03"),
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-09-14", "2026-09-14", "2026-09-14"),
        (" 2026-09-14..2026-09-20 ", "2026-09-14", "2026-09-20"),
    ],
)
def test_a_period_has_a_first_and_a_last_day(asked: str, since: str, until: str) -> None:
    found = period(asked)
    assert (found.since, found.until) == (date.fromisoformat(since), date.fromisoformat(until))


@pytest.mark.parametrize("asked", ["", "september", "2026-13", "2026-W60", "2026-Q5", "2026-09-31", "2026-09..", "20260901..x", "0000-01"])
def test_what_is_no_period_is_refused_with_the_forms_that_there_are(asked: str) -> None:
    with pytest.raises(ValueError, match=r"is no period: write one as 2026-09, 2026-Q3"):
        period(asked)


def test_a_period_ends_after_it_began() -> None:
    with pytest.raises(ValueError, match="ends before it begins"):
        period("2026-09-20..2026-09-14")
