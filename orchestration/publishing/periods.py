"""Stretches of days that are compared: months, quarters, ISO weeks, years, or any first and last day."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from orchestration.settings import NotDone, WrongUse

SAID_AS = "2026-09, 2026-Q3, 2026-W39, 2026, 2026-09-14 or 2026-09-01..2026-09-14"
_FORMS = re.compile(r"(?P<year>\d{4})(?:-(?:W(?P<week>\d{2})|Q(?P<quarter>[1-4])|(?P<month>\d{2})))?", re.IGNORECASE)


HELD = """
select
    least(
        (select min(cast(window_started_at as date)) from ops_source_runs), (select min(said_on) from mart_voice_daily),
        (select min(cast(converted_at as date)) from fct_conversions)
    ),
    greatest((select max(observed_date) from ops_source_runs), (select max(as_of_date) from influencer_rankings))
"""
"""The first day of which anything is held, and the newest night."""


class NothingHeld(NotDone):
    """A period lies outside of what is held."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `since` to `until`, both in it; `name` as it was asked for."""

    name: str
    since: date
    until: date


def period(asked: str) -> Period:
    """The period that a text names, in one of the forms of SAID_AS.

    Raises:
        WrongUse: it names none.
    """
    try:
        since, until = _days(asked.strip())
    except ValueError:
        raise WrongUse(f"{asked!r} is no period: write one as {SAID_AS}") from None
    if until < since:
        raise WrongUse(f"{asked!r} ends before it begins")
    return Period(asked.strip(), since, until)


def in_order(since: date | None, until: date | None, options: tuple[str, str] = ("--since", "--until")) -> None:
    """Looks whether a period that options name ends no earlier than it begins.

    Raises:
        WrongUse: it ends earlier.
    """
    if since and until and since > until:
        raise WrongUse(f"{options[0]} {since} is after {options[1]} {until}")


def within_held(connection: duckdb.DuckDBPyConnection, since: date | None, until: date | None) -> None:
    """Looks whether a period, open where it has no end, reaches into the days that are held.

    Raises:
        NothingHeld: it does not, with those that are.
    """
    if not since and not until:
        return
    ((first, last),) = connection.execute(HELD).fetchall()
    if first and last and ((since and since > last) or (until and until < first)):
        asked = f"from {since} to {until}" if since and until else f"since {since}" if since else f"until {until}"
        raise NothingHeld(f"nothing is held {asked}: the warehouse holds {first} to {last}")


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
