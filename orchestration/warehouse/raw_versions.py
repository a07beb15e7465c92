"""Payloads of items that have changed since: what may go of the raw tables."""

from __future__ import annotations

from datetime import datetime

import duckdb

from orchestration.warehouse.warehouse import Warehouse

OLD = """
    select raw.rowid as row, strlen(payload) as size, last_seen_at, load_id,
        row_number() over (partition by source_name, native_id order by load_id desc) as from_newest,
        row_number() over (partition by source_name, native_id order by load_id) as from_first
    from {table} as raw
    qualify from_newest > 1 and from_first > 1 and last_seen_at < $now::timestamptz - to_months($months)
        and load_id <= (select coalesce(max(load_id), 0) from raw_ops.publications)
"""
"""The first stays because it says when an item was seen first; what no published night has staged stays, too."""


def old_versions(warehouse: Warehouse, now: datetime, months: int) -> tuple[int, int]:
    """Number and bytes of the payloads that are neither an item's first nor its newest and were last seen so many months ago."""
    with warehouse.connect() as connection:
        return _total([_measured(connection, table, now, months) for table in _tables(connection)])


def remove_versions(warehouse: Warehouse, now: datetime, months: int) -> tuple[int, int]:
    """Removes them in one transaction. Staging keeps its rows of them; a staging model that is built anew later begins without."""
    with warehouse.transaction() as connection:
        found = []
        for table in _tables(connection):
            count, size = _measured(connection, table, now, months)
            found.append((count, size))
            if count:
                old = OLD.format(table=table)
                connection.execute(f"delete from {table} where rowid in (select row from ({old}))", {"now": now, "months": months})
        return _total(found)


def _measured(connection: duckdb.DuckDBPyConnection, table: str, now: datetime, months: int) -> tuple[int, int]:
    query = f"select count(*), coalesce(sum(size), 0)::bigint from ({OLD.format(table=table)})"
    ((count, size),) = connection.execute(query, {"now": now, "months": months}).fetchall()
    return count, size


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        """
        select schema_name, table_name from duckdb_columns()
        where database_name = current_database() and starts_with(schema_name, 'raw_') and column_name = 'payload_hash' order by all
        """
    ).fetchall()
    return [f'"{schema}"."{table}"' for schema, table in rows]


def _total(found: list[tuple[int, int]]) -> tuple[int, int]:
    return sum(count for count, _ in found), sum(size for _, size in found)
