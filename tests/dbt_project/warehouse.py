"""Raw tables as the loader leaves them, for the dbt project to build on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
import yaml

from connectors import platforms
from orchestration.home.reading import read_home
from orchestration.warehouse.home import load_home
from orchestration.warehouse.raw_tables import ATTRIBUTION_TABLES, OPS_TABLES, RAW_COLUMNS, SCORES_TABLES, SIGNALS_TABLES
from orchestration.warehouse.score_tables import create_score_tables
from orchestration.warehouse.warehouse import Warehouse
from tests.homes import SANDBOX_HOME

PROJECT = Path(__file__).parents[2] / "dbt_project"


@dataclass(frozen=True, slots=True)
class Raw:
    """One row of a raw table. A night's load is numbered by its day; it is observed as the night ends."""

    table: str
    native_id: str
    payload: Mapping[str, Any]
    night: date = date(2026, 9, 1)
    source_name: str = "listening"

    @property
    def observed_at(self) -> datetime:
        return datetime.combine(self.night, time(), UTC) + timedelta(days=1)


def create_raw_tables(path: Path) -> None:
    """Every table that the dbt project names as a source; empty, but for what the sandbox's home tells."""
    columns = {
        "raw_ops": OPS_TABLES,
        "raw_signals": SIGNALS_TABLES,
        "raw_scores": SCORES_TABLES,
        "raw_attribution": ATTRIBUTION_TABLES,
    }
    with duckdb.connect(path) as connection:
        for file in sorted(PROJECT.glob("models/staging/*/_*.yml")):
            for source in yaml.safe_load(file.read_text()).get("sources", []):
                schema = source["schema"]
                if schema == "raw_home":
                    continue
                connection.execute(f"create schema {schema}")
                for table in source["tables"]:
                    connection.execute(f"create table {schema}.{table['name']} ({columns.get(schema, {}).get(table['name'], RAW_COLUMNS)})")
        create_score_tables(connection)
    load_home(Warehouse(path), read_home(SANDBOX_HOME, list(platforms())))


def load(path: Path, rows: Iterable[Raw]) -> None:
    """Appends rows to their raw tables, as one load per night."""
    with duckdb.connect(path) as connection:
        for row in rows:
            values = [
                row.night.toordinal(), row.source_name, row.native_id, json.dumps(row.payload), "", None, None, row.observed_at, row.night,
                row.observed_at, None, "run", row.observed_at,
            ]  # fmt: skip
            connection.execute(f"insert into raw_{row.table} values ({', '.join('?' * len(values))})", values)


def load_ops(path: Path, table: str, **values: Any) -> None:
    """Inserts one row into a table that has columns of its own, `raw_ops.tombstones` for one."""
    with duckdb.connect(path) as connection:
        names = ", ".join(values)
        connection.execute(f"insert into {table} ({names}) values ({', '.join('?' * len(values))})", list(values.values()))
