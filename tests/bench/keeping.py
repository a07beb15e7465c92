"""`make bench-keeping`: what 200 nights of a small source leave on the disk, with what is kept by default and payloads of one month.

The parts of a night that grow run as they are: landing, load, Dagster's events, publishing, Parquet, retention. dbt, which costs most and
leaves nothing but its tables, is stood in for by SQL that appends to a staging table and makes a mart anew; a page is stood in for by text.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
from rich.console import Console

from connectors import platforms
from connectors.source import Page, Record
from orchestration.nightly.retention import prune
from orchestration.publishing.parquet import export_parquet
from orchestration.settings import Settings
from orchestration.warehouse.landing import Landing, SourceRun
from orchestration.warehouse.load import load
from orchestration.warehouse.publication import publish_file
from orchestration.warehouse.raw_tables import create_raw_tables
from orchestration.warehouse.warehouse import Warehouse
from tests.homes import make_sandbox_home

NIGHTS = int(os.environ.get("BENCH_NIGHTS", "200"))
SHOWN = {1, 10, 30, 50, 100, 150, 200, NIGHTS}
AUTHORS = 400
"""Whose counts are others each night: a new version of each."""
POSTS = 100
"""New ones a night."""
ASSETS = 5
"""A thirtieth of a real night's, with a check each."""
START = datetime(2026, 1, 1, 2, tzinfo=UTC)
BUILD = """
    create schema if not exists staging; create schema if not exists marts;
    create table if not exists staging.stg_files__authors (load_id bigint, native_id varchar, followers bigint, observed_at timestamptz);
    insert into staging.stg_files__authors
    select load_id, native_id, (payload ->> 'followers')::bigint, observed_at from raw_files.authors
    where load_id > (select coalesce(max(load_id), 0) from staging.stg_files__authors);
    create or replace table marts.fct_posts as
    select native_id as post_id, payload ->> 'author_id' as author_id, payload ->> 'text' as text, published_at from raw_files.posts;
    create table if not exists marts.influencer_rankings (as_of_date date, person_id varchar, rank bigint, impact double);
"""


@dg.multi_asset(
    specs=[dg.AssetSpec(f"asset_{number}") for number in range(ASSETS)],
    check_specs=[dg.AssetCheckSpec("sound", asset=f"asset_{number}") for number in range(ASSETS)],
    partitions_def=dg.DailyPartitionsDefinition("2026-01-01"),
)
def assets() -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """As many events as they make."""
    for number in range(ASSETS):
        yield dg.MaterializeResult(asset_key=f"asset_{number}", metadata={"dagster/row_count": number})
        yield dg.AssetCheckResult(asset_key=f"asset_{number}", check_name="sound", passed=True)


def run_night(settings: Settings, instance: dg.DagsterInstance, number: int) -> None:
    """One night, from what a source says to what is removed."""
    moment = START + timedelta(days=number)
    night = moment.date() - timedelta(days=1)
    warehouse = Warehouse(settings.warehouse)
    load(warehouse, [_land(settings.landing, moment, night, number)], moment)
    with warehouse.transaction() as connection:
        connection.execute(BUILD)
        connection.execute(
            "insert into marts.influencer_rankings select ?, 'person-' || range, range + 1, random() from range(?)", [night, AUTHORS]
        )
    if settings.published.exists():  # as old as it is between two real nights: its readers have long opened it
        os.utime(settings.published, (0, 0))
    publish_file(warehouse, settings.published)
    export_parquet(settings.published, settings.parquet, night, settings.keep_parquet)
    settings.reports.mkdir(exist_ok=True)
    (settings.reports / f"{night}.html").write_text("page " * 20_000, encoding="utf-8")
    with warehouse.transaction() as connection:
        connection.execute("insert into raw_ops.publications select ?, max(load_id), ? from raw_ops.source_runs", [night, moment])
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    dg.materialize([assets], instance=instance, partition_key=moment.date().isoformat(), run_config=quiet)
    prune(settings, instance, moment)


def _land(folder: Path, moment: datetime, night: date, number: int) -> tuple[Path, SourceRun]:
    run = SourceRun(
        f"{night:%Y%m%d}-board-1", "board", "files", "message_boards", night, night, moment - timedelta(days=1), moment, moment
    )  # fmt: skip
    landing = Landing(folder, run)
    bio, text = "I write of cups. " * 8, "A cup of my Morrowbean Press. " * 6
    authors = [Record("authors", f"a{a}", {"id": f"a{a}", "bio": bio, "followers": a + number}) for a in range(AUTHORS)]
    posts = [Record("posts", f"p{number}-{p}", {"author_id": f"a{p}", "text": text}, published_at=moment) for p in range(POSTS)]
    landing.add(Page(url="exports", records=[*authors, *posts]))
    landing.complete()
    return landing.folder, run


def sizes(settings: Settings) -> dict[str, float]:
    """Megabytes of each part of the data folder, and of the warehouse's blocks that are in use."""
    parts = {
        "warehouse": [settings.warehouse],
        "published": list(settings.published.parent.glob(".groundswell.duckdb.*")),
        "parquet": list(settings.parquet.rglob("*.parquet")),
        "reports": list(settings.reports.glob("*.html")),
        "dagster": [path for path in (settings.folder / "dagster").rglob("*") if path.is_file()],
        "landing": list(settings.landing.rglob("*")),
    }
    found = {name: sum(path.stat().st_size for path in paths) / 1e6 for name, paths in parts.items()}
    with Warehouse(settings.warehouse).connect() as connection:
        ((block, used, free),) = connection.execute("select block_size, used_blocks, free_blocks from pragma_database_size()").fetchall()
    return found | {"blocks in use": block * used / 1e6, "blocks free": block * free / 1e6}


def main() -> None:
    """Prints a row for each night of SHOWN."""
    console = Console(width=160)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GROUNDSWELL_HOME"] = str(make_sandbox_home(Path(folder)))
        os.environ.setdefault("GROUNDSWELL_KEEP_RAW_MONTHS", "1")
        settings = Settings()
        settings.export()
        create_raw_tables(Warehouse(settings.warehouse), list(platforms().values()))
        began = time.monotonic()
        for number in range(1, NIGHTS + 1):
            with dg.DagsterInstance.get() as instance:
                run_night(settings, instance, number)
            row = sizes(settings) if number in SHOWN else {}
            if number == 1:
                console.print("  night", *(f"{name:>13}" for name in row))
            if row:
                console.print(f"{number:7}", *(f"{size:10,.1f} MB" for size in row.values()), highlight=False)
        console.print(f"{NIGHTS} nights in {time.monotonic() - began:,.0f} s")


if __name__ == "__main__":
    main()
