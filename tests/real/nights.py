"""Published nights that can be told apart: every row of every table names its night."""

from __future__ import annotations

from pathlib import Path

from orchestration.warehouse.catalog import Entry
from orchestration.warehouse.publication import publish_file
from orchestration.warehouse.warehouse import Warehouse

CATALOG = {
    "facts": Entry(
        "marts", 'One row per row, it\'s 100 % "a row".', {"row": "Its number: 1 ; -- not a comment", "night": "Its night."}, ("row",)
    ),
    "runs": Entry("ops", "One row per run.", {"night": "Its night."}, ("row",)),
}


def publish_night(folder: Path, night: int, rows: int = 1000, extra: str = "") -> Path:
    """Publishes two tables of as many rows, and `extra` SQL's; returns the published file."""
    warehouse, published = Warehouse(folder / "warehouse.duckdb"), folder / "published" / "groundswell.duckdb"
    with warehouse.transaction() as connection:
        connection.execute("create schema if not exists marts; create schema if not exists ops")
        for table in ("marts.facts", "ops.runs"):
            connection.execute(f"create or replace table {table} as select range as row, {night} as night from range({rows})")
        connection.execute(extra)
    publish_file(warehouse, published, CATALOG)
    return published
