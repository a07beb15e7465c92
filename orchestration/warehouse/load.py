"""From landing segments to raw tables: one transaction a source run, nothing lost, nothing doubled."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from pathlib import Path

import duckdb

from orchestration.warehouse.connections import spared
from orchestration.warehouse.faults import explained
from orchestration.warehouse.landing import SetAside, SourceRun, begun, completed, segments_of, set_aside
from orchestration.warehouse.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one source run brought."""

    run: SourceRun
    record_count: int
    new_count: int
    unchanged_count: int
    tombstone_count: int
    rejected_count: int
    entity_counts: Mapping[str, int]


def recover(warehouse: Warehouse, landing: Path, finished_at: datetime, *, killed: bool = False) -> tuple[list[Loaded], list[SetAside]]:
    """Loads the complete runs that a refresh which was cut off left in the landing folder; sets aside what is none.

    killed: those alone whose load was killed, else all but those. They go last: tonight's are loaded before one that needs too much memory.
    """
    aside: list[SetAside] = []
    return load(warehouse, completed(landing, aside, killed=killed), finished_at, aside), aside


def load(
    warehouse: Warehouse, landed: Iterable[tuple[Path, SourceRun]], finished_at: datetime, aside: list[SetAside] | None = None
) -> list[Loaded]:
    """Loads landed runs and moves their cursors, each in one transaction, and removes their folders; leaves out those loaded before.

    Several at once, because opening and closing the warehouse takes a third of a second. Runs that cannot be read, or do not fit into the
    memory allowed, are set aside and added to `aside`; without it they are errors.
    """
    results: list[Loaded] = []
    waiting = iter(landed)
    first = next(waiting, None)
    if first is None:
        return results
    with warehouse.connect(write=True) as connection:
        for folder, run in chain([first], waiting):
            connection.begin()
            try:
                if not connection.execute("select 1 from raw_ops.source_runs where source_run_id = ?", [run.source_run_id]).fetchall():
                    with begun(folder):
                        results.append(_loaded(connection, folder, run, finished_at))
            except _UNREADABLE as error:
                is_short = isinstance(error, duckdb.OutOfMemoryException) and "failed to offload" not in str(error)
                if aside is None or (explained(error, folder) and not (is_short or _names(error, folder))):
                    raise
                connection.rollback()
                aside.append(set_aside(folder, "it needs more than GROUNDSWELL_MEMORY allows" if is_short else str(error)))
                continue
            connection.commit()
            shutil.rmtree(folder)
    return results


def note_set_aside(warehouse: Warehouse, night: date, aside: Iterable[SetAside]) -> None:
    """Tells of what was set aside in the notes of the night's newest source run: for one that asks no source any more."""
    with warehouse.transaction() as connection:
        connection.execute(
            """
            update raw_ops.source_runs set notes = list_concat(coalesce(notes, []), ?::varchar[])
            where load_id = (select max(load_id) from raw_ops.source_runs where night = ?)
            """,
            [[item.note for item in aside], night],
        )


# Without the payloads of records, which are read again a segment at a time: 295 MB of them took 1.9 GB as a table.
LANDED = """
create or replace temp table landed as
select position, kind, entity, native_id, reason, md5(payload) as payload_hash, case when kind = 'rejected' then payload end as payload
from read_parquet(?)
"""
_UNREADABLE = (
    duckdb.InvalidInputException, duckdb.IOException, duckdb.BinderException, duckdb.CatalogException, duckdb.ConversionException,
    duckdb.ParserException, duckdb.ConstraintException, duckdb.OutOfMemoryException,
)  # fmt: skip
"""What DuckDB says of segments that are cut off, are not ours, or too large; IOException of a full disk or a damaged warehouse, too."""


def _names(error: Exception, folder: Path) -> bool:
    """Whether it is a file of this folder that cannot be read, rather than the warehouse."""
    return str(folder) in str(error) and "No space left" not in str(error)


def _loaded(connection: duckdb.DuckDBPyConnection, folder: Path, run: SourceRun, finished_at: datetime) -> Loaded:
    """Within little memory, and where that is too little within all that is allowed."""
    try:
        with spared(connection, sum(path.stat().st_size for path in segments_of(folder))):
            return load_run(connection, folder, run, finished_at)
    except duckdb.OutOfMemoryException:
        connection.rollback()
        connection.begin()
        return load_run(connection, folder, run, finished_at)


def load_run(connection: duckdb.DuckDBPyConnection, folder: Path, run: SourceRun, finished_at: datetime) -> Loaded:
    """Loads a landed run into the raw tables that a connection sees, of which it reads what they hold of the run's own items alone."""
    segments = [str(path) for path in segments_of(folder)]
    ((load_id,),) = connection.execute("select nextval('raw_ops.load_ids')").fetchall()
    if segments:
        connection.execute(LANDED, [segments])
    else:
        connection.execute("create or replace temp table landed (kind varchar, entity varchar)")
    records = dict(connection.execute("select entity, count(*) from landed where kind = 'record' group by 1 order by 1").fetchall())
    entity_counts: dict[str, int] = {}
    unchanged = 0
    for entity in records:
        entity_counts[entity], same = _load_entity(connection, run, entity, load_id, segments)
        unchanged += same
    if segments:
        _load_still(connection, run)
    # after the records: a hidden item is both, and is gone as it was stored last
    tombstones = _load_tombstones(connection, run) if segments else 0
    rejected = _load_rejected(connection, run) if segments else 0
    if run.cursor is not None:
        connection.execute(
            "insert or replace into raw_ops.cursors values (?, ?, ?, ?)",
            [run.source_name, json.dumps(run.cursor), run.observed_at, run.source_run_id],
        )
    loaded = Loaded(run, sum(records.values()), sum(entity_counts.values()), unchanged, tombstones, rejected, entity_counts)
    connection.execute(
        "insert into raw_ops.source_runs values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            load_id, run.source_run_id, run.source_name, run.platform, run.channel, run.night, run.window_start, run.window_end,
            run.observed_at, finished_at, run.status, loaded.record_count, loaded.new_count, unchanged, tombstones, rejected,
            run.request_count, run.error, run.notes,
        ],
    )  # fmt: skip
    return loaded


def _load_entity(
    connection: duckdb.DuckDBPyConnection, run: SourceRun, entity: str, load_id: int, segments: Sequence[str]
) -> tuple[int, int]:
    """Stores the payloads that differ from the last stored of their item; returns how many were new and how many unchanged.

    An item seen several times in a run counts as it was seen last. One that the source said is gone, and tells again, is stored whatever
    it tells: that it is there is new.
    """
    table = f"raw_{run.platform}.{entity}"
    connection.execute(
        f"""
        create or replace temp table batch as
        with seen as (
            select * from landed where kind = 'record' and entity = $entity
            qualify row_number() over (partition by native_id order by position desc) = 1
        ),
        stored as (
            select native_id, arg_max(payload_hash, load_id) as payload_hash, max(load_id) as load_id, max(observed_at) as observed_at
            from {table} where source_name = $source_name and native_id in (select native_id from seen) group by native_id
        ),
        gone as (
            select native_id, max(seen_at) as seen_at from raw_ops.tombstones
            where platform = $platform and entity = $entity and source_name = $source_name
                and native_id not in (select native_id from landed where kind = 'tombstone' and entity = $entity)
            group by native_id
        )
        select seen.position, seen.native_id, seen.payload_hash, stored.load_id as stored_load_id,
            stored.payload_hash is not distinct from seen.payload_hash and not coalesce(gone.seen_at >= stored.observed_at, false)
                as is_unchanged
        from seen left join stored using (native_id) left join gone using (native_id) order by seen.position
        """,
        {"platform": run.platform, "entity": entity, "source_name": run.source_name},
    )
    connection.execute(
        f"""
        update {table} set last_seen_at = ? from batch
        where {table}.source_name = ? and {table}.native_id = batch.native_id and {table}.load_id = batch.stored_load_id
            and batch.is_unchanged
        """,
        [run.observed_at, run.source_name],
    )
    for first in range(0, len(segments), 8):
        connection.execute(
            f"""
            insert into {table}
            select ?, ?, batch.native_id, payload, batch.payload_hash, lookup_key, published_at, ?, ?, ?, request_url, ?, ?
            from read_parquet(?) inner join batch using (position) where not batch.is_unchanged order by position
            """,
            [
                load_id, run.source_name, run.observed_at, run.observed_date, run.observed_at, run.source_run_id, run.observed_at,
                segments[first : first + 8],
            ],
        )  # fmt: skip
    ((new, same),) = connection.execute("select count(*) filter (not is_unchanged), count(*) filter (is_unchanged) from batch").fetchall()
    return new, same


def _load_still(connection: duckdb.DuckDBPyConnection, run: SourceRun) -> None:
    """Keeps when items were looked at that are not said to be gone: of each with what was stored of it last."""
    for (entity,) in connection.execute("select distinct entity from landed where kind = 'still' order by 1").fetchall():
        table = f"raw_{run.platform}.{entity}"
        connection.execute(
            f"""
            update {table} set last_seen_at = $seen_at from (
                select native_id, max(load_id) as load_id from {table}
                where source_name = $source_name
                    and native_id in (select native_id from landed where kind = 'still' and entity = $entity)
                group by native_id
            ) as newest
            where {table}.source_name = $source_name and {table}.native_id = newest.native_id and {table}.load_id = newest.load_id
            """,
            {"seen_at": run.observed_at, "source_name": run.source_name, "entity": entity},
        )


def _load_tombstones(connection: duckdb.DuckDBPyConnection, run: SourceRun) -> int:
    """Keeps what is said to be gone, once until something of it is stored again."""
    entities = connection.execute("select distinct entity from landed where kind = 'tombstone' order by 1").fetchall()
    inserted = 0
    for (entity,) in entities:
        inserted += len(
            connection.execute(
                f"""
                insert into raw_ops.tombstones
                select distinct $platform, entity, native_id, reason, $seen_at::timestamptz, $source_name, $run
                from landed
                where kind = 'tombstone' and entity = $entity and not exists (
                    from raw_ops.tombstones as known
                    where known.platform = $platform and known.entity = $entity and known.native_id = landed.native_id
                        and known.kind = landed.reason and known.source_name = $source_name
                        and known.seen_at >= coalesce(
                            (select max(observed_at) from raw_{run.platform}.{entity} as raw where raw.native_id = landed.native_id),
                            known.seen_at
                        )
                )
                order by all
                returning 1
                """,
                {
                    "platform": run.platform,
                    "entity": entity,
                    "seen_at": run.observed_at,
                    "source_name": run.source_name,
                    "run": run.source_run_id,
                },
            ).fetchall()
        )
    return inserted


def _load_rejected(connection: duckdb.DuckDBPyConnection, run: SourceRun) -> int:
    inserted = connection.execute(
        """
        insert into raw_ops.quarantine
        select $platform, entity, native_id, reason, payload, $observed_at::timestamptz, $source_name, $run
        from landed
        where kind = 'rejected' and not exists (
            from raw_ops.quarantine as known
            where known.source_name = $source_name and known.entity = landed.entity and known.reason = landed.reason
                and known.payload is not distinct from landed.payload
        )
        qualify row_number() over (partition by entity, native_id, reason, payload order by position) = 1
        order by position
        returning 1
        """,
        {"platform": run.platform, "observed_at": run.observed_at, "source_name": run.source_name, "run": run.source_run_id},
    ).fetchall()
    return len(inserted)
