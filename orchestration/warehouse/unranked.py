"""Nights whose score needs more memory than is allowed: they are published with the rankings of the night before."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from orchestration.warehouse.faults import explained, is_short_of_memory
from orchestration.warehouse.warehouse import Warehouse

log = logging.getLogger("groundswell")


@contextmanager
def published_all_the_same(warehouse: Warehouse, night: date, step: str) -> Iterator[None]:
    """Notes that a step of the score had too little memory, instead of failing; any other error fails."""
    try:
        yield
    except Exception as error:
        if not is_short_of_memory(error):
            raise
        reason = f"{step}: {explained(error, warehouse.path)}"
        with warehouse.transaction() as connection:
            connection.execute("insert into raw_scores.unranked values (?, ?, ?)", [night, step, reason])
        log.warning("%s", reason)


def forget(warehouse: Warehouse, night: date) -> None:
    """The night's score is tried anew."""
    with warehouse.transaction() as connection:
        connection.execute("delete from raw_scores.unranked where as_of_date = ?", [night])


def why_unranked(warehouse: Warehouse, night: date) -> str | None:
    """What the night's score lacked memory for, and whose rankings stand; None where all is ranked."""
    with warehouse.connect() as connection:
        told = connection.execute("select reason from raw_scores.unranked where as_of_date = ? limit 1", [night]).fetchone()
        if told is None:
            return None
        ranked = connection.execute("select count(*) from duckdb_tables() where table_name = 'influencer_rankings'").fetchone()
        newest = connection.execute("select max(as_of_date) from marts.influencer_rankings").fetchone() if ranked != (0,) else None
    stand = f"the rankings are those of {newest[0]}" if newest and newest[0] else "there are no rankings yet"
    return f"{stand}: {told[0]}"
