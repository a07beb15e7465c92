"""What a report is about: a stretch of days, the one before it, and those before that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from orchestration.publishing.report.texts import day

WINDOWS = 8
"""So many stretches a report looks back on, its own among them."""


class Edition(StrEnum):
    """`night`: the seven days that end with the night. `week`, `month`: the newest one of the calendar that is over."""

    night = "night"
    week = "week"
    month = "month"


@dataclass(frozen=True, slots=True)
class Window:
    """Days, the first and the last among them, and what they are called in a sentence."""

    first: date
    last: date
    called: str

    @property
    def short(self) -> str:
        """The days alone, for the head of a table."""
        month = "" if (self.first.year, self.first.month) == (self.last.year, self.last.month) else f" {self.first:%b}"
        return f"{self.first.day}{month}\N{EN DASH}{self.last.day} {self.last:%b}"


@dataclass(frozen=True, slots=True)
class Period:
    """`windows`: its own, that before it, and so on. `name`: of the files that tell of it."""

    edition: Edition
    night: date
    name: str
    windows: Sequence[Window]

    @property
    def now(self) -> Window:
        """What the report tells of."""
        return self.windows[0]

    @property
    def before(self) -> Window:
        """What it is compared with."""
        return self.windows[1]


def period(edition: Edition, night: date) -> Period:
    """The one that an edition of a night tells of."""
    if edition is Edition.month:
        months = [_month(night + timedelta(days=1), back) for back in range(1, WINDOWS + 1)]
        return Period(edition, night, f"{months[0].first:%Y-%m}", months)
    if edition is Edition.week:
        last = night - timedelta(days=(night.weekday() + 1) % 7)
        year, week, _ = last.isocalendar()
        return Period(edition, night, f"{year}-W{week:02}", [_week(last - timedelta(weeks=back)) for back in range(WINDOWS)])
    ends = [night - timedelta(weeks=back) for back in range(WINDOWS)]
    called = [f"in the seven days to {day(ends[0], year=True)}", "in the seven days before"]
    called += [f"in the seven days to {day(end)}" for end in ends[2:]]
    windows = [Window(end - timedelta(days=6), end, name) for end, name in zip(ends, called, strict=True)]
    return Period(edition, night, str(night), windows)


def _week(last: date) -> Window:
    year, week, _ = last.isocalendar()
    return Window(last - timedelta(days=6), last, f"in week {week} of {year}")


def _month(after: date, back: int) -> Window:
    """The month that lies so many before that of a day."""
    number = after.year * 12 + after.month - 1 - back
    first, following = (date(count // 12, count % 12 + 1, 1) for count in (number, number + 1))
    return Window(first, following - timedelta(days=1), f"in {first:%B %Y}")
