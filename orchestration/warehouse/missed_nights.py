"""Nights on which nothing was published, and which of them were ranked later."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import duckdb


def missed_nights(connection: duckdb.DuckDBPyConnection, night: date) -> list[date]:
    """The nights between the last published one and this, oldest first, without those that were ranked since.

    None before the first publication, and none for a night that a later one follows: it is done over, and what was missed stays as it is.
    """
    ((before, is_old),) = connection.execute(
        "select max(night) filter (night < $1), coalesce(bool_or(night > $1), false) from raw_ops.publications", [night]
    ).fetchall()
    if before is None or is_old:
        return []
    ranked = ranked_later(connection)
    between = [before + timedelta(days=days) for days in range(1, (night - before).days)]
    return [day for day in between if day not in ranked]


def ranked_later(connection: duckdb.DuckDBPyConnection) -> set[date]:
    """The missed nights that a later one ranked."""
    return {day for (day,) in connection.execute("select as_of_date from raw_scores.missed_nights").fetchall()}


def record_ranked(connection: duckdb.DuckDBPyConnection, night: date, now: datetime) -> None:
    """Notes that a missed night is ranked."""
    connection.execute("insert into raw_scores.missed_nights values (?, ?)", [night, now])
