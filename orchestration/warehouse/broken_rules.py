"""Which tests of the dbt project rows of a night break: they are told, and stop nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import duckdb

log = logging.getLogger("groundswell")


class BrokenRule(NamedTuple):
    """A test that only warns, the table that it is of, and how many rows break it."""

    rule: str
    model: str
    row_count: int


def note_broken_rules(connection: duckdb.DuckDBPyConnection, night: date, step: str, broken: Sequence[BrokenRule]) -> None:
    """Keeps in raw_ops.broken_rules what holds in a step of the night, in place of what was found for this night before."""
    connection.execute("delete from raw_ops.broken_rules where night = ? and step = ?", [night, step])
    if broken:
        rows = [(night, step, *one) for one in broken]
        connection.executemany("insert into raw_ops.broken_rules values (?, ?, ?, ?, ?)", rows)
    for rule, model, count in broken:
        log.warning("%s: %s rows break the rule %s; the night goes on", model, f"{count:,}", rule)
