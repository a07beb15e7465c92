"""`make bench-serve`: sixteen readers for a minute while nights are published; then ten million mart rows published, next to bare COPYs.

Seconds mean little on a shared machine; the ratios of one run do. PostgreSQL is measured in the empty database of DATABASE
(`make bench-serve DATABASE=postgresql://…`), and is left out without one.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from orchestration.publishing.database import publish_to_database
from orchestration.publishing.parquet import export_parquet
from orchestration.warehouse.catalog import Entry
from orchestration.warehouse.publication import publish_file
from orchestration.warehouse.warehouse import Warehouse
from tests.real.nights import CATALOG, publish_night
from tests.real.readers import DUCKDB_URL, Readers

SECONDS = float(os.environ.get("BENCH_SECONDS", "60"))
ROWS = int(os.environ.get("BENCH_ROWS", "10000000"))
NIGHT_ROWS = 50_000
KEY = ("as_of_date", "scope_id", "person_id")
RANKINGS = {"rankings": Entry("marts", "One row per person, scope and night.", {}, KEY)}
MAKE = f"""
create schema marts;
create table marts.rankings as
select
    date '2026-10-02' as as_of_date, 'influence-1-0a1b2c3d' as score_version, 'brand' as scope_kind, 'brand-' || (range % 20) as scope_id,
    'mastodon:https://bench.example/users/u' || (range // 20) as person_id, range // 20 + 1 as rank,
    (hash(range) % 100000) / 1000 as impact,
    (hash(range) % 100000) / 2000 as impact_low, (hash(range) % 100000) / 500 as impact_high, range % 50 as mention_count,
    timestamptz '2026-10-02 02:00:00+00' - interval 1 second * (range % 2000000) as last_said_at, range % 7 = 0 as is_new
from range({ROWS})
"""
PLAIN = """
create table bare (
    as_of_date date, score_version text, scope_kind text, scope_id text, person_id text, rank bigint, impact double precision,
    impact_low double precision, impact_high double precision, mention_count bigint, last_said_at timestamptz, is_new boolean
)
"""
console = Console(width=140)


def read_while_publishing(folder: Path, database: str | None) -> Table:
    """Nights one after the other, for SECONDS, to the file and the database, each with its own readers."""
    shown = Table(
        "readers of", "reads", "nights seen", "nights published", "errors and mixed nights", "p50 ms", "p95 ms", title="16 readers"
    )
    night = 1
    published = publish_night(folder, night, NIGHT_ROWS)
    for name, url in (("DuckDB file", DUCKDB_URL.format(path=published)), ("PostgreSQL", database)):
        if url is None:
            continue
        if url == database:
            publish_to_database(url, published, CATALOG)
        first = night
        with Readers(url, folder) as readers:
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                night += 1
                publish_night(folder, night, NIGHT_ROWS)
                if url == database:
                    publish_to_database(url, published, CATALOG)
        told = readers.told
        p50, p95 = np.percentile(told.seconds, [50, 95]) * 1000
        counts = (len(told.seconds) * 2, len(told.nights), night - first, len(told.errors))
        shown.add_row(name, *map(str, counts), f"{p50:.0f}", f"{p95:.0f}")
        for error in told.errors[:3]:
            console.print(error)
    return shown


def publish_large(folder: Path, database: str | None) -> Table:
    """Each way of publishing next to the bare statement that moves the same rows."""
    shown = Table("to", "bare COPY s", "publishing s", "ratio", title=f"{ROWS:,} rows of 12 columns")

    def row(name: str, bare: float, ours: float) -> None:
        shown.add_row(name, f"{bare:.1f}", f"{ours:.1f}", f"{ours / bare:.2f}")

    warehouse, published = Warehouse(folder / "large.duckdb"), folder / "large" / "groundswell.duckdb"
    with warehouse.connect(write=True) as connection:
        connection.execute(MAKE)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse.path}' as warehouse (read_only); attach '{folder / 'bare.duckdb'}' as bare")
        bare = seconds(lambda: connection.execute("copy from database warehouse to bare; detach bare"))
    row("DuckDB", bare, seconds(lambda: publish_file(warehouse, published, RANKINGS)))
    with warehouse.connect() as connection:
        bare = seconds(lambda: connection.execute(f"copy marts.rankings to '{folder / 'bare.parquet'}'"))
        if database:
            connection.execute(f"copy marts.rankings to '{folder / 'bare.csv'}' (header false)")
    row("Parquet", bare, seconds(lambda: export_parquet(published, folder / "parquet", date(2026, 10, 2), keep=7)))
    if database:
        bare = seconds(lambda: copy_file(database, folder / "bare.csv"))
        row("PostgreSQL, first night", bare, seconds(lambda: publish_to_database(database, published, RANKINGS)))
        row("PostgreSQL, next night", bare, seconds(lambda: publish_to_database(database, published, RANKINGS)))
    return shown


def copy_file(database: str, file: Path) -> None:
    """What psql's copy does with a file that is there already, into a table without a key."""
    with sa.create_engine(database, poolclass=sa.NullPool).begin() as connection:
        connection.execute(sa.text(PLAIN))
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy("copy bare from stdin (format csv)") as copy, file.open("rb") as rows:
            while block := rows.read(1 << 16):
                copy.write(block)


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    begin = time.monotonic()
    work()
    return time.monotonic() - begin


if __name__ == "__main__":
    url = os.environ.get("DATABASE")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as home:
        console.print(read_while_publishing(Path(home), url))
        console.print(publish_large(Path(home), url))
    if not url:
        console.print("PostgreSQL was left out: name an empty database in DATABASE")
