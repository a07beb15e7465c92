"""What is told of each source."""

from __future__ import annotations

from pathlib import Path

from orchestration.warehouse.cursors import source_states
from orchestration.warehouse.raw_tables import create_raw_tables
from orchestration.warehouse.warehouse import Warehouse


def test_the_share_of_mentions_that_was_not_read_is_told_once_there_is_one(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    create_raw_tables(warehouse, [])
    with warehouse.transaction() as connection:
        connection.execute(
            "insert into raw_ops.source_runs (source_name, status, night, load_id) values ('board', 'succeeded', '2026-09-01', 1)"
        )
    assert "unread_share" not in source_states(warehouse)["board"]
    with warehouse.transaction() as connection:
        connection.execute(
            "create schema ops; create table ops.ops_source_readings (source_name varchar, mention_count int, unread_mention_count int)"
        )
        connection.execute("insert into ops.ops_source_readings values ('board', 3, 1), ('gone', 2, 0)")
    states = source_states(warehouse)
    assert (states["board"]["last_status"], states["board"]["unread_share"], states["gone"]) == ("succeeded", 0.333, {"unread_share": 0.0})
