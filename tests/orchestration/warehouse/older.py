"""A warehouse as a demo at commit 63d8873 left it, with a few of its rows."""

from __future__ import annotations

from pathlib import Path

import duckdb

SQL = Path(__file__).with_name("before_homes") / "warehouse.sql"


def make_older_warehouse(path: Path) -> Path:
    """Writes the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(path) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(SQL.read_text(encoding="utf-8"))
    return path
