"""An older warehouse becomes this program's: nothing fetched or ranked is lost, whenever it is killed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from connectors import platforms
from orchestration.settings import Settings
from orchestration.warehouse import migrations
from orchestration.warehouse.manifest import prepared_manifest
from orchestration.warehouse.migrations import MIGRATIONS, SEEDS_BEFORE_HOMES, VERSION, Migration, WarehouseNewer, definitions, upgrade
from orchestration.warehouse.raw_tables import create_raw_tables
from orchestration.warehouse.warehouse import Warehouse
from tests.orchestration.warehouse.older import make_older_warehouse

NOW = datetime(2026, 10, 4, 2, tzinfo=UTC)


@pytest.fixture
def older(tmp_path: Path) -> Warehouse:
    return Warehouse(make_older_warehouse(tmp_path / "older.duckdb"))


@pytest.fixture(scope="module")
def manifest() -> Path:
    return prepared_manifest(Settings())


def rows(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    with warehouse.connect() as connection:
        return connection.execute(query).fetchall()


def created(warehouse: Warehouse) -> Warehouse:
    """With every table that a night creates before dbt builds."""
    create_raw_tables(warehouse, list(platforms().values()))
    return warehouse


COLUMNS = """
    select schema_name, table_name, column_name, data_type from duckdb_columns()
    where starts_with(schema_name, 'raw_') or schema_name = 'marts' order by all
"""
FETCHED = """
    select count(*), sum(hash(items)) from raw_hacker_news.items as items
    union all select count(*), sum(hash(statuses)) from raw_mastodon.statuses as statuses
    union all select count(*), sum(hash(cursors)) from raw_ops.cursors as cursors
    union all select count(*), sum(hash(ranked)) from
        (select columns(c -> c <> 'evidence_class') from marts.influencer_rankings) as ranked
"""


def test_it_has_the_columns_of_a_new_one_and_all_of_its_rows(older: Warehouse, manifest: Path, tmp_path: Path) -> None:
    before = rows(older, FETCHED)
    assert [count for count, _ in before] == [15, 20, 3, 12]
    done = upgrade(older, manifest, NOW)
    assert [migration.number for migration in done.applied] == [migration.number for migration in MIGRATIONS]
    assert len(done.rebuilt) == 91
    new = Warehouse(tmp_path / "new.duckdb")
    assert upgrade(new, manifest, NOW).applied == ()
    assert set(rows(created(older), COLUMNS)) == set(rows(created(new), COLUMNS))
    assert rows(older, FETCHED) == before
    tables = {name for (name,) in rows(older, "select table_name from duckdb_tables() where schema_name = 'staging'")}
    assert not tables & {*SEEDS_BEFORE_HOMES, *definitions(manifest)}
    with older.transaction() as connection:
        assert connection.execute("select nextval('raw_ops.load_ids') > max(load_id) from raw_ops.source_runs").fetchall() == [(True,)]


def test_a_second_time_it_does_nothing(older: Warehouse, manifest: Path) -> None:
    upgrade(older, manifest, NOW)
    again = upgrade(older, manifest, NOW)
    assert (list(again.applied), again.rebuilt) == ([], [])


def test_killed_in_a_migration_it_goes_on_from_there(older: Warehouse, manifest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("drop table staging.topics")
        raise KeyboardInterrupt

    monkeypatch.setattr(migrations, "MIGRATIONS", (*MIGRATIONS[:2], Migration(3, "is killed", killed)))
    with pytest.raises(KeyboardInterrupt):
        upgrade(older, manifest, NOW)
    assert rows(older, "select number from raw_ops.migrations order by 1") == [(1,), (2,)]
    assert rows(older, "select count(*) from staging.topics") == [(5,)]
    monkeypatch.undo()
    assert [migration.number for migration in upgrade(older, manifest, NOW).applied] == [3, 4, 5, 6, 7, 8]
    assert rows(older, "select max(number) from raw_ops.migrations") == [(VERSION,)]


def test_a_newer_warehouse_is_refused(older: Warehouse, manifest: Path) -> None:
    upgrade(older, manifest, NOW)
    with older.transaction() as connection:
        connection.execute("insert into raw_ops.migrations values (999, 'of the future', now())")
    with pytest.raises(WarehouseNewer, match=rf"is of version 999, written by a newer groundswell; this one knows {VERSION}: install"):
        upgrade(older, manifest, NOW)


def small_manifest(path: Path, *, macro: str = "m", sql: str = "s") -> Path:
    """Two incremental models, of which one calls a macro that calls another, and a view."""

    def model(name: str, code: str, macros: list[str], materialized: str = "incremental") -> dict[str, Any]:
        called = [f"macro.groundswell.{called}" for called in macros]
        return {
            "resource_type": "model", "name": name, "raw_code": code, "config": {"materialized": materialized},
            "depends_on": {"macros": [*called, "macro.dbt.is_incremental"]},
        }  # fmt: skip

    nodes = {"a": model("stg_a", "a", ["outer"]), "b": model("stg_b", sql, []), "c": model("stg_c", "c", [], "view")}
    macros = {
        "macro.groundswell.outer": {"macro_sql": "o", "depends_on": {"macros": ["macro.groundswell.inner"]}},
        "macro.groundswell.inner": {"macro_sql": macro, "depends_on": {"macros": []}},
    }
    path.write_text(json.dumps({"nodes": nodes, "macros": macros}), encoding="utf-8")
    return path


def test_a_staging_model_is_built_anew_when_it_or_a_macro_of_it_changed(tmp_path: Path) -> None:
    warehouse, path = Warehouse(tmp_path / "w.duckdb"), tmp_path / "manifest.json"
    assert upgrade(warehouse, small_manifest(path), NOW).rebuilt == []

    def built() -> list[str]:
        with warehouse.transaction() as connection:
            connection.execute("create schema if not exists staging")
            for model in ("stg_a", "stg_b", "stg_c"):
                connection.execute(f"create table if not exists staging.{model} as select 1 as load_id")
        return [name for (name,) in rows(warehouse, "select table_name from duckdb_tables() where schema_name = 'staging' order by 1")]

    assert built() == ["stg_a", "stg_b", "stg_c"]
    assert upgrade(warehouse, small_manifest(path), NOW).rebuilt == []
    assert upgrade(warehouse, small_manifest(path, macro="changed"), NOW).rebuilt == ["stg_a"]
    assert rows(warehouse, "select table_name from duckdb_tables() where schema_name = 'staging' order by 1") == [("stg_b",), ("stg_c",)]
    built()
    assert upgrade(warehouse, small_manifest(path, macro="changed", sql="changed"), NOW).rebuilt == ["stg_b"]
