"""The mentions of a period and of those before, read once for all that is made of them; and how far back they are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from orchestration.publishing.report.periods import Period

WINDOWS = "create or replace temp table windows as select * from (values {}) as windows (back, first_day, last_day)"
SAID = """
create or replace temp table said as
select
    mentions.brand_id, mentions.product_id, mentions.topic_id, mentions.post_id, mentions.channel,
    coalesce(mentions.person_id, mentions.post_id) as speaker_id,
    mentions.is_voice,
    windows.back
from mentions_enriched as mentions inner join windows on mentions.said_on between windows.first_day and windows.last_day
"""
"""Mentions of the windows; `speaker_id` is the person, or the post where none is known; `back`: of which window, 0 is the newest."""


@dataclass(frozen=True, slots=True)
class Listening:
    """What the figures rest on. `since`: the first day listened to; `windows`: how many were listened to from their first day on.

    `joined`: sources that began within the period or the one before.
    """

    since: date | None
    windows: int
    joined: Sequence[str]

    @property
    def is_comparable(self) -> bool:
        """Whether the period and the one before are known whole."""
        return self.windows > 1


def listening(connection: duckdb.DuckDBPyConnection, period: Period, zone: str) -> Listening:
    """How far back the windows of a period are known."""
    began = connection.execute(
        "select source_name, cast(timezone($zone, min(window_started_at)) as date) from ops_source_runs group by all order by 2, 1",
        {"zone": zone},
    ).fetchall()
    first = next((day for _, day in began if day), None)
    windows = sum(first is not None and window.first >= first for window in period.windows)
    joined = [name for name, day in began if first and day and first < period.before.first < day] if windows > 1 else []
    return Listening(first, windows, joined)


def read_mentions(connection: duckdb.DuckDBPyConnection, period: Period) -> None:
    """Makes the temporary tables `windows`, the stretches of days, and `said`, which subjects and reach ask."""
    windows = ", ".join(f"({back}, date '{one.first}', date '{one.last}')" for back, one in enumerate(period.windows))
    connection.execute(WINDOWS.format(windows))
    connection.execute(SAID)
