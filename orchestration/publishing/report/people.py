"""Who moves their peers, for each brand and over all: the first, what speaks for them, where they stood before, who rose and fell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import polars as pl

from orchestration.publishing.names import namesakes
from orchestration.publishing.questions import ask, question
from orchestration.publishing.rankings import evidence, what_controls_leave
from orchestration.publishing.report.periods import Period

Row = dict[str, Any]
PEOPLE = 10
"""Shown of each ranking."""
QUOTES = 3
"""Of what each of them is credited with."""
MOVERS = 5
EVERYBODY = 10**9
FIRST = f"""
select * from rankings_newest
where scope_kind in ('all', 'brand') and rank <= {PEOPLE}
order by scope_kind, scope_id, rank, person_id
"""
CREDIT = """
select scope_kind, scope_id, sum(credit) from influencer_rankings
where (as_of_date, score_version) = ($night, $version) and population = 'public' group by all
"""


@dataclass(frozen=True, slots=True)
class Person:
    """One of a ranking: their row of rankings_newest, that of before where there is one, and what they are credited with."""

    row: Row
    before: Row | None
    evidence: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Who moves most, as of a night, beside an earlier one. `compared`: the earlier night; None where there is none.

    `credit`: adoptions that are credited to all who are ranked.
    """

    people: Sequence[Person] = ()
    ranked_on: date | None = None
    compared: date | None = None
    risen: Sequence[Row] = ()
    fallen: Sequence[Row] = ()
    controls: str = ""
    credit: float = 0.0


def rankings(connection: duckdb.DuckDBPyConnection, period: Period) -> dict[tuple[str, str], Ranking]:
    """By kind and id of what they are of; those of which nobody is ranked are missing."""
    first = _with_namesakes(connection, connection.execute(FIRST).pl())
    moved = _moved(connection, period)
    version = connection.execute("select score_version from dim_score_versions where is_current").fetchall()
    before = {(row["scope_kind"], row["scope_id"], row["person_id"]): row for row in moved}
    if not first or not version:
        return {}
    night = {"night": first[0]["ranked_on"], "version": version[0][0]}
    quoted: dict[tuple[str, str, str], list[Row]] = {}
    places = [(row["scope_kind"], row["scope_id"], row["person_id"]) for row in first]
    for row in evidence(connection, night, places, QUOTES).to_dicts():
        quoted.setdefault((row["scope_kind"], row["scope_id"], row["spoke_id"]), []).append(row)
    controls = {kind: what_controls_leave(connection, night["night"], night["version"], kind) for kind in ("all", "brand")}
    credited = {(kind, scope): credit for kind, scope, credit in connection.execute(CREDIT, night).fetchall()}
    found: dict[tuple[str, str], list[Person]] = {}
    for row, place in zip(first, places, strict=True):
        found.setdefault(place[:2], []).append(Person(row, before.get(place), quoted.get(place, [])))
    return {
        of: Ranking(
            people,
            night["night"],
            next((row["before_date"] for row in moved), None),
            [row for row in moved if (row["scope_kind"], row["scope_id"]) == of and row["impact_gained"] > 0][:MOVERS],
            [row for row in moved if (row["scope_kind"], row["scope_id"]) == of and row["impact_gained"] < 0][: -MOVERS - 1 : -1],
            controls[of[0]],
            credited.get(of, 0.0),
        )
        for of, people in found.items()
    }


def _moved(connection: duckdb.DuckDBPyConnection, period: Period) -> list[Row]:
    """Of those of each ranking who stand first and who gained or lost most, what `groundswell ask movers` says; who gained most first."""
    answer = ask(connection, question("movers"), {"each_brand": True, "since": period.before.last, "places": EVERYBODY}, limit=EVERYBODY)
    scope = ("scope_kind", "scope_id")
    ordered = answer.rename({"rank_now": "rank"}).sort(*scope, "impact_gained", "person_id", descending=[False, False, True, False])
    place, count = pl.int_range(pl.len()).over(scope), pl.len().over(scope)
    return _with_namesakes(connection, ordered.filter((pl.col("rank") <= PEOPLE) | (place < MOVERS) | (place >= count - MOVERS)))


def _with_namesakes(connection: duckdb.DuckDBPyConnection, frame: pl.DataFrame) -> list[Row]:
    """The rows, with channel and handle as `beside` of whoever shares their name with another."""
    beside = namesakes(connection, frame)
    return [row | {"beside": beside.get(row["person_id"])} for row in frame.to_dicts()]
