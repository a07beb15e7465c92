"""Raw tables as Parquet that many machines read: a part for each load of a source, which counts once its manifest is there.

    raw_mastodon/statuses/source_name=home/load_id=65/rows.parquet
    loads/65.json

A load writes its parts and then, in one step, its manifest: what ran, its cursor, its parts. Killed before that it has loaded nothing, and
the next takes its number and removes what it left. Killed after it, the run is known by the manifest. One process loads at a time.
Parts are never written again: that an item was seen once more unchanged is a row of raw_ops.sightings, not a newer `last_seen_at`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.warehouse.connections import opened
from orchestration.warehouse.landing import SourceRun, atomic, segments_of
from orchestration.warehouse.load import Loaded, load_run
from orchestration.warehouse.raw_tables import OPS_TABLES, RAW_COLUMNS
from orchestration.warehouse.warehouse import literal

PARTED = {f"raw_ops.{name}": OPS_TABLES[name] for name in ("source_runs", "tombstones", "quarantine")} | {
    "raw_ops.sightings": """
        platform varchar, entity varchar, native_id varchar, stored_load_id bigint, last_seen_at timestamptz, source_name varchar,
        source_run_id varchar"""
}
"""The tables beside those of platforms that a load writes a part of, with their columns."""
WITHOUT_WORDS = "* replace ('' as payload, observed_at as last_seen_at)"
"""What a load has to know of the rows that are stored of its items."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A load that counts: what it was of, where its source stopped, and in which tables it has a part."""

    load_id: int
    source_run_id: str
    source_name: str
    cursor: dict[str, Any] | None
    tables: Sequence[str]

    def write(self, folder: Path) -> None:
        """Makes it count."""
        (folder / "loads").mkdir(parents=True, exist_ok=True)
        with atomic(folder / "loads" / f"{self.load_id}.json") as fresh:
            fresh.write_text(json.dumps(asdict(self)), encoding="utf-8")


def manifests(folder: Path) -> list[Manifest]:
    """The loads that count, in order."""
    found = (Manifest(**json.loads(path.read_text(encoding="utf-8"))) for path in (folder / "loads").glob("[0-9]*.json"))
    return sorted(found, key=lambda manifest: manifest.load_id)


def part_of(folder: Path, table: str, source_name: str, load_id: int) -> Path:
    """Where the rows are that a load of a source brought to a table."""
    return folder / table.replace(".", "/") / f"source_name={source_name}" / f"load_id={load_id}"


def load_parts(folder: Path, landed: Iterable[tuple[Path, SourceRun]], finished_at: datetime) -> list[Loaded]:
    """Loads landed runs, each with its cursor in one step, and removes their folders; leaves out those loaded before."""
    results = []
    before = manifests(folder)
    for landing, run in landed:
        if run.source_run_id not in {manifest.source_run_id for manifest in before}:
            loaded, manifest = _load(folder, before, landing, run, finished_at)
            results.append(loaded)
            before.append(manifest)
        shutil.rmtree(landing)
    return results


def _load(folder: Path, before: Sequence[Manifest], landing: Path, run: SourceRun, finished_at: datetime) -> tuple[Loaded, Manifest]:
    """By the warehouse's own SQL, in a database in memory that holds what is stored of the run's items."""
    load_id = before[-1].load_id + 1 if before else 1
    for left in folder.glob(f"raw_*/*/source_name=*/load_id={load_id}"):
        shutil.rmtree(left)
    with opened(beside=folder / "load") as connection:
        connection.execute(f"set timezone = 'UTC'; create schema raw_ops; create schema raw_{run.platform}")
        connection.execute(f"create table raw_ops.cursors ({OPS_TABLES['cursors']}); create sequence raw_ops.load_ids start {load_id}")
        connection.execute("create table items (entity varchar, native_id varchar)")
        if segments := [str(path) for path in segments_of(landing)]:
            connection.execute("insert into items select distinct entity, native_id from read_parquet(?)", [segments])
        entities = [entity for (entity,) in connection.execute("select distinct entity from items order by 1").fetchall()]
        tables = {f"raw_{run.platform}.{entity}": entity for entity in entities}
        for table, columns in (PARTED | dict.fromkeys(tables, RAW_COLUMNS)).items():
            connection.execute(f"create table {table} ({columns})")
        for table, entity in tables.items():
            _recall(
                connection, folder, before, table, WITHOUT_WORDS, f"native_id in (select native_id from items where entity = '{entity}')"
            )
        of_items = f"platform = '{run.platform}' and (entity, native_id) in (from items)"
        _recall(connection, folder, before, "raw_ops.tombstones", "* exclude (load_id)", of_items)
        _recall(connection, folder, before, "raw_ops.quarantine", "* exclude (load_id)", f"source_name = '{run.source_name}'")
        loaded = load_run(connection, landing, run, finished_at)
        for table, entity in tables.items():
            connection.execute(
                f"""
                insert into raw_ops.sightings
                select ?, ?, native_id, load_id, last_seen_at, source_name, ? from {table}
                where load_id < ? and last_seen_at <> observed_at order by native_id
                """,
                [run.platform, entity, run.source_run_id, load_id],
            )
        brought = [
            table for table in (*tables, *PARTED) if write_part(connection, folder, table, run.source_run_id, run.source_name, load_id)
        ]
    manifest = Manifest(load_id, run.source_run_id, run.source_name, run.cursor, brought)
    manifest.write(folder)
    return loaded, manifest


def _recall(
    connection: duckdb.DuckDBPyConnection, folder: Path, before: Sequence[Manifest], table: str, chosen: str, condition: str
) -> None:
    """Reads the rows of a table that fulfil a condition from the parts that count."""
    parts = [f"{part_of(folder, table, load.source_name, load.load_id)}/*.parquet" for load in before if table in load.tables]
    if parts:
        types = "hive_types = {'source_name': varchar, 'load_id': bigint}"
        connection.execute(f"insert into {table} by name select {chosen} from read_parquet(?, {types}) where {condition}", [parts])


def write_part(connection: duckdb.DuckDBPyConnection, folder: Path, table: str, source_run_id: str, source_name: str, load_id: int) -> bool:
    """Writes what a run brought to a table, and says whether that is anything."""
    rows = f"from {table} where source_run_id = {literal(source_run_id)}"
    ((count,),) = connection.execute(f"select count(*) {rows}").fetchall()
    if count:
        part = part_of(folder, table, source_name, load_id)
        part.mkdir(parents=True)
        with atomic(part / "rows.parquet") as fresh:
            connection.execute(
                f"copy (select columns(name -> name not in ('source_name', 'load_id')) {rows}) to {literal(str(fresh))} (format parquet)"
            )
    return bool(count)
