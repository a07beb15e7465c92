"""Figures with what chance leaves open: each now, before, and how far apart.

People speak several times, and not by themselves: counts, shares and means are of people, each with all that they said, and their
variance is that between people (Cochran, Sampling Techniques, 1977, on ratios of clusters).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist

SURE = 1.6449
"""Standard errors to either side of an interval that holds in 90 % of cases."""
LEAST_PEOPLE = 10
"""From fewer no variance between people can be told."""
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


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share or a mean, and its variance where enough people spoke."""

    value: float | None
    variance: float | None = None


def ratio(parts: float, wholes: float, squares: float, products: float, squared_wholes: float, people: int) -> Estimate:
    """What parts are of wholes, both summed over people, from the sums of their squares and products."""
    if not wholes:
        return Estimate(None)
    value = parts / wholes
    if people < LEAST_PEOPLE:
        return Estimate(value)
    return Estimate(value, max(squares - 2 * value * products + value**2 * squared_wholes, 0.0) / wholes**2)


def difference(now: Estimate, before: Estimate, series: Series = ()) -> Change:
    """Of two shares or means of other people."""
    if now.value is None or before.value is None:
        return Change(now.value, before.value, series=series)
    gained = now.value - before.value
    if now.variance is None or before.variance is None:
        return Change(now.value, before.value, gained, series=series)
    error = sqrt(now.variance + before.variance)
    wide = SURE * error
    return Change(now.value, before.value, gained, gained - wide, gained + wide, abs(gained) / error if error else 0.0, series)


def growth(now: float, before: float | None, squares: tuple[float, float] | None = None, series: Series = ()) -> Change:
    """Of two counts, as a share of the one before. `squares`: of what each person adds to them, where that may be more than one."""
    if before is None:
        return Change(now, None, series=series)
    if not now or not before:
        return Change(now, before, -1.0 if before else None, series=series)
    of_now, of_before = squares or (now, before)
    error, middle = sqrt(of_now / now**2 + of_before / before**2), log(now / before)
    low, high = (exp(middle + side * SURE * error) - 1 for side in (-1, 1))
    return Change(now, before, exp(middle) - 1, low, high, abs(middle) / error, series)


def share(part: int, whole: int) -> tuple[float, float, float]:
    """What a part is of a whole that is not nought, and the interval that holds in 90 % of cases (Wilson 1927)."""
    value, each = part / whole, SURE**2 / whole
    middle, wide = (value + each / 2) / (1 + each), sqrt(each * value * (1 - value) + each**2 / 4) / (1 + each)
    return value, max(middle - wide, 0.0), min(middle + wide, 1.0)
