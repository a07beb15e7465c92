"""How far each source was read: its cursor, what is looked at again, what a cut off night has done already."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Rechecks:
    """Older items to be looked at again tonight, the one first that was not for longest; of `held` items whose words are held."""

    items: Sequence[Known]
    held: int


def read_old(connection: duckdb.DuckDBPyConnection, source: Platform, source_name: str, before: datetime, days: int, most: int) -> Rechecks:
    """So many of this source's items from before `before` that each has its turn within so many days, and `most` at the most.

    Those that are gone, and those whose words have expired, have none. When an item was looked at is when it was last seen.
    """
    found: list[tuple[datetime, str, str, str]] = []
    held = 0
    for entity in sorted(source.rechecks):
        connection.execute(
            f"""
            create or replace temp table old_items as
            with items as (
                select native_id, arg_max(lookup_key, load_id) as lookup_key, max(last_seen_at) as seen_at
                from raw_{source.platform}.{entity}
                where source_name = $source_name and lookup_key is not null
                group by native_id
                having coalesce(max(published_at), min(observed_at)) < $before
            )
            select * from items
            where not exists (
                from raw_ops.tombstones as gone
                where gone.platform = $platform and gone.entity = $entity and gone.native_id = items.native_id
                    and gone.seen_at >= items.seen_at
            ) and not exists (
                from raw_ops.redactions as done
                where done.platform = $platform and done.entity = $entity and done.native_id = items.native_id
            )
            """,
            {"source_name": source_name, "before": before, "platform": source.platform, "entity": entity},
        )
        ((count,),) = connection.execute("select count(*) from old_items").fetchall()
        held += count
        rows = connection.execute("select seen_at, native_id, lookup_key from old_items order by all limit ?", [most]).fetchall()
        found += [(seen_at, entity, native_id, lookup_key) for seen_at, native_id, lookup_key in rows]
    due = min(-(-held // days), most)
    return Rechecks([Known(entity, native_id, lookup_key, is_old=True) for _, entity, native_id, lookup_key in sorted(found)[:due]], held)


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
