"""Raw tables as Parquet parts: the warehouse's rows, wherever a load is killed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from connectors.source import Known, Page, Record, Rejected, Tombstone
from orchestration.warehouse import raw_parts
from orchestration.warehouse.landing import Landing, SourceRun
from orchestration.warehouse.load import load
from orchestration.warehouse.raw_parts import load_parts, manifests, part_of
from orchestration.warehouse.raw_tables import OPS_TABLES, RAW_COLUMNS
from orchestration.warehouse.warehouse import Warehouse

FIRST = datetime(2026, 9, 2, 2, tzinfo=UTC)
RAW = ("raw_pamphlets.posts", "raw_pamphlets.authors")
OPS = ("raw_ops.source_runs", "raw_ops.tombstones", "raw_ops.quarantine")


def posts(**likes: int) -> list[Record]:
    return [Record("posts", name, {"id": name, "likes": count}) for name, count in likes.items()]


NIGHTS = [
    Page("u", [*posts(a=1, b=1, c=1), Record("authors", "w", {"name": "W"})], rejected=[Rejected("posts", "odd", {"id": 1})]),
    Page("u", posts(a=1, b=2), tombstones=[Tombstone("posts", "c")], still=[Known("authors", "w", "w")]),
    Page("u", posts(b=1, c=1), rejected=[Rejected("posts", "odd", {"id": 1})], cursor={"page": 3}),
    Page("u", posts(c=1), tombstones=[Tombstone("posts", "c"), Tombstone("posts", "a")], cursor={"page": 4}),
    Page("u"),
]
"""What is new, changed, the same, gone, back, gone again and odd, and nothing."""


def landed(folder: Path, night: int, source: str = "my_pamphlets") -> tuple[Path, SourceRun]:
    now = FIRST + timedelta(days=night)
    day = now.date() - timedelta(days=1)
    run = SourceRun(f"{source}-{night}", source, "pamphlets", "blogs", day, day, now - timedelta(days=1), now, now)
    landing = Landing(folder / "landing", run)
    landing.add(NIGHTS[night])
    landing.complete()
    return landing.folder, run


def land_all(folder: Path) -> list[tuple[Path, SourceRun]]:
    return [landed(folder, night, source) for night in range(len(NIGHTS)) for source in ("my_pamphlets", "other")]


def in_parts(folder: Path) -> dict[str, list[Any]]:
    """Every row that counts, and the cursors; `last_seen_at` with what the sightings tell."""
    loads = manifests(folder)
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'; create schema raw_pamphlets; create schema raw_ops")
        columns = dict.fromkeys(RAW, RAW_COLUMNS) | {table: OPS_TABLES[table.removeprefix("raw_ops.")] for table in OPS}
        for table, of_table in (columns | {"raw_ops.sightings": raw_parts.PARTED["raw_ops.sightings"]}).items():
            connection.execute(f"create table {table} ({of_table})")
            names = {row[0] for row in connection.execute(f"describe {table}").fetchall()}
            for told in loads:
                if table in told.tables:
                    part = part_of(folder, table, told.source_name, told.load_id)
                    left_out = "" if "load_id" in names else "exclude (load_id)"
                    connection.execute(f"insert into {table} by name select * {left_out} from read_parquet('{part}/*.parquet')")
        for table in RAW:
            connection.execute(
                f"""
                update {table} set last_seen_at = seen.last_seen_at from (
                    select source_name, native_id, stored_load_id, max(last_seen_at) as last_seen_at
                    from raw_ops.sightings where 'raw_' || platform || '.' || entity = '{table}' group by all
                ) as seen
                where {table}.source_name = seen.source_name and {table}.native_id = seen.native_id and load_id = stored_load_id
                """
            )
        found = rows_of(connection)
    cursors = {told.source_name: told.cursor for told in loads if told.cursor is not None}
    return found | {"cursors": sorted(cursors.items())}


def rows_of(connection: duckdb.DuckDBPyConnection) -> dict[str, list[Any]]:
    return {table: connection.execute(f"from {table} order by all").fetchall() for table in (*RAW, *OPS)}


@pytest.fixture(scope="module")
def in_warehouse(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """What the warehouse's own load makes of the same runs."""
    folder = tmp_path_factory.mktemp("warehouse")
    warehouse = Warehouse(folder / "warehouse.duckdb")
    with warehouse.connect(write=True) as connection:
        connection.execute("create schema raw_pamphlets; create schema raw_ops; create sequence raw_ops.load_ids")
        for table in RAW:
            connection.execute(f"create table {table} ({RAW_COLUMNS})")
        for name, columns in OPS_TABLES.items():
            connection.execute(f"create table raw_ops.{name} ({columns})")
    load(warehouse, land_all(folder), FIRST)
    with warehouse.connect() as connection:
        cursors = connection.execute("select source_name, cursor::json from raw_ops.cursors order by 1").fetchall()
        return rows_of(connection) | {"cursors": [(name, json.loads(cursor)) for name, cursor in cursors]}


def test_parts_hold_the_rows_that_the_warehouse_has(tmp_path: Path, in_warehouse: dict[str, list[Any]]) -> None:
    loaded = load_parts(tmp_path, land_all(tmp_path), FIRST)
    assert [one.new_count for one in loaded[::2]] == [4, 1, 2, 0, 0]
    assert in_parts(tmp_path) == in_warehouse
    assert list((tmp_path / "landing").iterdir()) == []


class Killed(BaseException):
    """As if the machine lost its power."""


def killing(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Dies before or after one of the steps that change what lies on the disk: the `at`-th."""
    passed = 0

    def pass_by() -> None:
        nonlocal passed
        passed += 1
        if passed == at:
            raise Killed

    def between(step: Callable[..., Any]) -> Callable[..., Any]:
        def taken(*arguments: Any, **named: Any) -> Any:
            pass_by()
            result = step(*arguments, **named)
            pass_by()
            return result

        return taken

    monkeypatch.setattr(Path, "replace", between(Path.replace))
    monkeypatch.setattr(raw_parts, "shutil", SimpleNamespace(rmtree=between(shutil.rmtree)))


def test_a_load_killed_anywhere_and_run_again_leaves_the_same_rows(tmp_path: Path) -> None:
    before, undisturbed = tmp_path / "before", tmp_path / "undisturbed"
    load_parts(before, [landed(before, 0)], FIRST)
    place, run = landed(before, 1)
    shutil.copytree(before, undisturbed)
    load_parts(undisturbed, [(undisturbed / "landing" / place.name, run)], FIRST)
    for at in count(1):
        folder = tmp_path / f"{at}"
        shutil.copytree(before, folder)
        landing = folder / "landing" / place.name
        with pytest.MonkeyPatch.context() as patched:
            killing(patched, at)
            try:
                load_parts(folder, [(landing, run)], FIRST)
                break
            except Killed:
                pass
        load_parts(folder, [(landing, run)] if landing.exists() else [], FIRST)
        assert in_parts(folder) == in_parts(undisturbed), at
    assert at == 1 + 2 * 6, "each of four parts, the manifest, the landing folder"


def test_a_run_that_was_loaded_before_its_folder_went_is_left_out(tmp_path: Path) -> None:
    load_parts(tmp_path, [landed(tmp_path, 0)], FIRST)
    assert load_parts(tmp_path, [landed(tmp_path, 0)], FIRST) == []
    assert [told.load_id for told in manifests(tmp_path)] == [1]
