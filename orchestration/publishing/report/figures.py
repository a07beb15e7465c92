"""Figures with what chance leaves open: each now, before, and how far apart.

Of counts and shares of mentions that is told by the question `two-periods`; here it is told of people, who are counted once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist

SURE = 1.6449
"""Standard errors to either side of an interval that holds in 90 % of cases."""
Series = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Change:
    """A figure now and before, and what it gained: a difference, or of counts the share of what it was. `low`, `high`: 90 %."""

    now: float | None
    before: float | None
    gained: float | None = None
    low: float | None = None
    high: float | None = None
    errors: float = 0.0
    """How many standard errors it moved; 0 where there is no interval."""
    series: Series = ()
    """The newest first; None of what was not listened to."""

    def stands_out(self, among: int) -> bool:
        """Whether it moved by more than chance leaves open for the clearest of so many figures, in 90 % of cases (Bonferroni)."""
        return self.errors > NormalDist().inv_cdf(1 - 0.05 / among)


def growth(now: float, before: float | None, series: Series = ()) -> Change:
    """Of how many spoke, as a share of how many spoke before: each on their own, and once."""
    if before is None:
        return Change(now, None, series=series)
    if not now or not before:
        return Change(now, before, -1.0 if before else None, series=series)
    error, middle = sqrt(1 / now + 1 / before), log(now / before)
    low, high = (exp(middle + side * SURE * error) - 1 for side in (-1, 1))
    return Change(now, before, exp(middle) - 1, low, high, abs(middle) / error, series)


def share(part: int, whole: int) -> tuple[float, float, float]:
    """What a part is of a whole that is not nought, and the interval that holds in 90 % of cases (Wilson 1927)."""
    value, each = part / whole, SURE**2 / whole
    middle, wide = (value + each / 2) / (1 + each), sqrt(each * value * (1 - value) + each**2 / 4) / (1 + each)
    return value, max(middle - wide, 0.0), min(middle + wide, 1.0)
