"""Events and counts that are kept no longer: their rows go from the raw tables and from staging, and so from every fact."""

from __future__ import annotations

from datetime import datetime

import duckdb

from orchestration.home.retention import Kind, Retention
from orchestration.privacy.payloads import entities_held, forget_staged
from orchestration.warehouse.warehouse import Warehouse

EVENTS = frozenset({"interactions", "reposts", "reblogs", "follows"})
"""Entities whose items are acts. They expire so long after they were last told: who still follows is told again."""
NEVER = frozenset({"orders", "refunds", "reported_conversions"})
"""What is kept for the books: neither events nor counts."""
LATE_DAYS = 7
"""Rows that go make dbt build whole what was added to before, so they go together, once the oldest is so many days late."""

OLD_EVENTS = "select raw.rowid as row_number_, load_id, source_name, native_id, last_seen_at from {table} as raw"
OLD_COUNTS = """
    select raw.rowid as row_number_, load_id, source_name, native_id, last_seen_at from {table} as raw
    where load_id <= (select coalesce(max(load_id), 0) from raw_ops.publications)
    qualify row_number() over (partition by source_name, native_id order by load_id desc) > 1
        and row_number() over (partition by source_name, native_id order by load_id) > 1
"""
"""An item's first and newest row stay: they say since when there is one, and what it is."""


def expire(warehouse: Warehouse, retention: Retention, now: datetime) -> int:
    """Removes what the home keeps no longer, each table in one transaction with what was staged of it; returns how many rows went."""
    count = 0
    with warehouse.kept_open():
        with warehouse.connect() as connection:
            tables = [(platform, entity) for platform, entity in entities_held(connection) if entity not in NEVER]
        for platform, entity in tables:
            kind: Kind = "events" if entity in EVENTS else "counts"
            if (days := retention.days(platform, kind)) is not None:
                with warehouse.transaction() as connection:
                    count += _expire(connection, platform, entity, days, now)
    return count


def _expire(connection: duckdb.DuckDBPyConnection, platform: str, entity: str, days: int, now: datetime) -> int:
    table = f'"raw_{platform}"."{entity}"'
    old = (OLD_EVENTS if entity in EVENTS else OLD_COUNTS).format(table=table)
    connection.execute(
        f"create or replace temp table old_rows as select * from ({old}) where last_seen_at < $now::timestamptz - to_days($days)",
        {"now": now, "days": days},
    )
    ((count, is_late),) = connection.execute(
        "select count(*), coalesce(min(last_seen_at) < $now::timestamptz - to_days($days), false) from old_rows",
        {"now": now, "days": days + LATE_DAYS},
    ).fetchall()
    if not is_late:
        return 0
    connection.execute(f"delete from {table} where rowid in (select row_number_ from old_rows)")
    if forget_staged(connection, platform, entity, "old_rows"):
        # built again, it has another number of rows, and so is all that reads it
        connection.execute("delete from raw_ops.built where key = ?", [f"model.groundswell.stg_{platform}__{entity}"])
    return int(count)
