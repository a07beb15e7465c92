"""Accounts that may be one person's: what was joined, what waits for somebody to look, and what they decided."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

COLUMNS = ("author_id", "other_author_id", "decision", "decided_on", "note")


@dataclass(frozen=True, slots=True)
class Account:
    """An account as its profile shows it."""

    author_id: str
    name: str | None
    handle: str | None
    platform: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two accounts that may be one person's, the sign of it and how sure it is."""

    one: Account
    other: Account
    method: str
    confidence: float
    evidence: str | None


def pairs(connection: duckdb.DuckDBPyConnection, decision: str) -> list[Pair]:
    """The published pairs that are `joined`, in `review` or `apart`; the surest first."""
    rows = connection.execute(
        """
        select one.author_id, one.display_name, one.handle, one.platform_id, one.url, other.author_id, other.display_name, other.handle,
            other.platform_id, other.url, links.method, links.confidence, links.evidence
        from ops_person_links as links
        inner join dim_authors as one on links.author_id = one.author_id and one.is_current
        inner join dim_authors as other on links.other_author_id = other.author_id and other.is_current
        where links.decision = ? order by links.confidence desc, one.author_id, other.author_id
        """,
        [decision],
    ).fetchall()
    return [Pair(Account(*row[:5]), Account(*row[5:10]), *row[10:]) for row in rows]


def decided(decisions: Path) -> set[frozenset[str]]:
    """The pairs that the file already decides."""
    return {frozenset((row["author_id"], row["other_author_id"])) for row in _rows(decisions)}


def decide(decisions: Path, pair: Pair, decision: str, day: date) -> None:
    """Writes a decision (`same` or `different`) into the file; the next night joins or parts the two."""
    is_new = not decisions.exists() or not decisions.read_text(encoding="utf-8").strip()
    with decisions.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if is_new:
            writer.writerow(COLUMNS)
        writer.writerow([pair.one.author_id, pair.other.author_id, decision, day.isoformat(), pair.evidence or ""])


def _rows(path: Path) -> Iterator[dict[str, str]]:
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)
