"""Stretches of days that are compared: months, quarters, ISO weeks, years, or any first and last day."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

SAID_AS = "2026-09, 2026-Q3, 2026-W39, 2026, 2026-09-14 or 2026-09-01..2026-09-14"
_FORMS = re.compile(r"(?P<year>\d{4})(?:-(?:W(?P<week>\d{2})|Q(?P<quarter>[1-4])|(?P<month>\d{2})))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `since` to `until`, both in it; `name` as it was asked for."""

    name: str
    since: date
    until: date


def period(asked: str) -> Period:
    """The period that a text names, in one of the forms of SAID_AS.

    Raises:
        ValueError: it names none.
    """
    try:
        since, until = _days(asked.strip())
    except ValueError:
        raise ValueError(f"{asked!r} is no period: write one as {SAID_AS}") from None
    if until < since:
        raise ValueError(f"{asked!r} ends before it begins")
    return Period(asked.strip(), since, until)


def _days(asked: str) -> tuple[date, date]:
    first, between, last = asked.partition("..")
    if between:
        return date.fromisoformat(first), date.fromisoformat(last)
    found = _FORMS.fullmatch(asked)
    if not found:
        return date.fromisoformat(asked), date.fromisoformat(asked)
    year = int(found["year"])
    if found["week"]:
        monday = date.fromisocalendar(year, int(found["week"]), 1)
        return monday, monday + timedelta(days=6)
    months = (1, 12)
    if found["quarter"]:
        months = (3 * int(found["quarter"]) - 2, 3 * int(found["quarter"]))
    elif found["month"]:
        months = (int(found["month"]), int(found["month"]))
    return date(year, months[0], 1), date(year, months[1], monthrange(year, months[1])[1])
