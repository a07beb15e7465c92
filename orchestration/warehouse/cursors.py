"""How far each source was read: its cursor, what is looked at again, what a cut off night has done already."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import duckdb

from connectors.extraction import Platform
from connectors.source import Cursor, Known
from orchestration.warehouse.warehouse import Warehouse


def read_cursor(connection: duckdb.DuckDBPyConnection, source_name: str) -> Cursor:
    """Where the source stopped; empty before its first complete run."""
    rows = connection.execute("select cursor from raw_ops.cursors where source_name = ?", [source_name]).fetchall()
    return json.loads(rows[0][0]) if rows else {}


def read_young(connection: duckdb.DuckDBPyConnection, source: Platform, source_name: str, since: datetime, before: date) -> list[Known]:
    """Items of this source published since `since`, first seen on a night before `before`, that can be asked for again and are not gone."""
    young = []
    for entity in source.entities:
        rows = connection.execute(
            f"""
            select native_id, arg_max(lookup_key, load_id)
            from raw_{source.platform}.{entity} as raw
            where source_name = ? and lookup_key is not null
                and not exists (
                    from raw_ops.tombstones as gone
                    where gone.platform = ? and gone.entity = ? and gone.native_id = raw.native_id and gone.seen_at >= raw.last_seen_at
                )
            group by native_id
            having coalesce(max(published_at), min(observed_at)) >= ? and min(observed_date) < ?
            order by native_id
            """,
            [source_name, source.platform, entity, since, before],
        ).fetchall()
        young += [Known(entity, native_id, lookup_key) for native_id, lookup_key in rows]
    return young


def read_already(connection: duckdb.DuckDBPyConnection, night: date) -> set[str]:
    """Sources that a refresh of this night, cut off before it could publish, has read to their end."""
    rows = connection.execute(
        """
        select distinct source_name from raw_ops.source_runs
        where night = ? and status = 'succeeded' and load_id > coalesce((select max(load_id) from raw_ops.publications), 0)
        """,
        [night],
    ).fetchall()
    return {name for (name,) in rows}


def record_publication(connection: duckdb.DuckDBPyConnection, night: date, now: datetime) -> None:
    """Notes that all that is loaded so far is published."""
    connection.execute("insert into raw_ops.publications select ?, max(load_id), ? from raw_ops.source_runs", [night, now])


def source_states(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    """Per source: its cursor, the records of all its nights, its newest night and its error, what share of mentions was not read."""
    if not warehouse.path.exists():
        return {}
    with warehouse.connect() as connection:
        rows = connection.execute(
            """
            select source_name, any_value(cursors.cursor) as cursor, sum(new_count)::bigint as row_count,
                max(night)::varchar as last_night, arg_max(status, load_id) as last_status,
                arg_max({'error': error}, load_id).error as last_error
            from raw_ops.source_runs left join raw_ops.cursors using (source_name)
            group by source_name
            """
        )
        names = [column[0] for column in rows.description or []]
        states = {row[0]: dict(zip(names[1:], row[1:], strict=True)) for row in rows.fetchall()}
        if connection.execute("select 1 from duckdb_tables() where table_name = 'ops_source_readings'").fetchall():
            read = "select source_name, round(unread_mention_count / mention_count, 3) from ops.ops_source_readings"
            for name, share in connection.execute(read).fetchall():
                states.setdefault(name, {})["unread_share"] = share
        return states
