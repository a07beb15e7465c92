"""Old events and counts leave the raw tables and staging together."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors import platforms
from orchestration.home.retention import Retention
from orchestration.privacy.expiry import EVENTS, NEVER, expire
from orchestration.privacy.withholding import WORDED
from orchestration.warehouse.raw_tables import create_raw_tables
from orchestration.warehouse.warehouse import Warehouse

KEPT = Retention.model_validate({"platforms": {"mastodon": {"events": 10, "counts": 20}}})
FIRST = datetime(2026, 9, 2, 2, tzinfo=UTC)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    found = Warehouse(tmp_path / "warehouse.duckdb")
    create_raw_tables(found, [platforms()["mastodon"]])
    with found.transaction() as connection:
        connection.execute("create schema staging")
        for table in ("follows", "statuses", "accounts"):
            connection.execute(f"create table staging.stg_mastodon__{table} (load_id bigint, source_name varchar, native_id varchar)")
            connection.execute("insert into raw_ops.built values (?, '', '')", [f"model.groundswell.stg_mastodon__{table}"])
        connection.execute("insert into raw_ops.publications values ('2026-09-30', 100, now())")
    return found


def told(warehouse: Warehouse, table: str, name: str, load: int, day: int) -> None:
    seen = FIRST + timedelta(days=day)
    with warehouse.transaction() as connection:
        connection.execute(
            f"insert into raw_mastodon.{table} values (?, 'here', ?, '{{}}', '', null, null, ?, ?, ?, null, 'run', ?)",
            [load, name, seen, date(2026, 9, 1) + timedelta(days=day), seen, seen],
        )
        connection.execute(f"insert into staging.stg_mastodon__{table} values (?, 'here', ?)", [load, name])


def asked(warehouse: Warehouse, query: str) -> list[Any]:
    with warehouse.connect() as connection:
        return connection.execute(query).fetchall()


def test_events_go_when_they_were_not_told_for_so_long_and_what_was_staged_with_them(warehouse: Warehouse) -> None:
    for number, day in enumerate((0, 5, 12)):
        told(warehouse, "follows", f"f{number}", number + 1, day)
    assert expire(warehouse, KEPT, FIRST + timedelta(days=16)) == 0  # not late enough to build all anew
    assert expire(warehouse, KEPT, FIRST + timedelta(days=18)) == 2
    for table in ("raw_mastodon.follows", "staging.stg_mastodon__follows"):
        assert asked(warehouse, f"select native_id from {table}") == [("f2",)]
    assert ("model.groundswell.stg_mastodon__follows",) not in asked(warehouse, "select key from raw_ops.built")
    assert ("model.groundswell.stg_mastodon__statuses",) in asked(warehouse, "select key from raw_ops.built")


def test_of_counts_the_first_and_the_newest_stay(warehouse: Warehouse) -> None:
    for load, day in enumerate((0, 1, 2, 3), 1):
        told(warehouse, "statuses", "s1", load, day)
        told(warehouse, "accounts", "a1", load, day)
    assert expire(warehouse, KEPT, FIRST + timedelta(days=60)) == 4
    for table in ("statuses", "accounts"):
        assert asked(warehouse, f"select load_id from raw_mastodon.{table} order by 1") == [(1,), (4,)]
        assert asked(warehouse, f"select load_id from staging.stg_mastodon__{table} order by 1") == [(1,), (4,)]
    assert expire(warehouse, Retention(), FIRST + timedelta(days=900)) == 0


def test_every_entity_has_a_kind() -> None:
    entities = {entity for source in platforms().values() for entity in source.entities}
    assert entities >= EVENTS | NEVER
    assert not EVENTS & set(WORDED)
