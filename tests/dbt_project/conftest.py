"""The dbt project, built once on empty raw tables and once more on a few invented posts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.warehouse.catalog import Catalog, read_catalog
from orchestration.warehouse.publication import publish_file
from orchestration.warehouse.score_tables import TABLES, create_score_tables
from orchestration.warehouse.warehouse import Warehouse
from tests.dbt_project.dbt import Dbt, Parsed, parsed
from tests.dbt_project.posts import BO, everything, signals
from tests.dbt_project.warehouse import create_raw_tables, load, load_ops
from tests.homes import once

__all__ = ["parsed"]

Query = Callable[[str], list[tuple[Any, ...]]]


def build(dbt: Dbt) -> None:
    """Builds what was built on nothing on the invented posts."""
    load(dbt.warehouse, everything())
    gone = datetime(2026, 9, 4, tzinfo=UTC)
    load_ops(
        dbt.warehouse, "raw_ops.tombstones", platform="mastodon", entity="statuses", native_id=f"{BO}/statuses/15", kind="deleted",
        seen_at=gone, source_name="listening", source_run_id="run",
    )  # fmt: skip
    load_ops(
        dbt.warehouse, "raw_ops.quarantine", platform="mastodon", entity="statuses", reason="no uri", payload="{}", observed_at=gone,
        source_name="listening", source_run_id="run",
    )  # fmt: skip
    load_ops(
        dbt.warehouse,
        "raw_ops.source_runs",
        source_run_id="run",
        source_name="listening",
        platform="mastodon",
        status="succeeded",
        notes=["clamped"],
    )
    for table, row in signals():
        load_ops(dbt.warehouse, f"raw_signals.{table}", **row)
    load_ops(dbt.warehouse, "raw_scores.nights", as_of_date=date(2026, 9, 4), ends_at=datetime(2026, 9, 5, tzinfo=UTC))
    dbt.run("build", "--exclude-resource-type", "unit_test")


@pytest.fixture(scope="session")
def nothing(parsed: Parsed, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """Built on empty raw tables, once a run; who writes into it takes a copy."""

    def make(folder: Path) -> None:
        create_raw_tables(Dbt(folder, parsed).warehouse)
        Dbt(folder, parsed).run("build", "--exclude-resource-type", "unit_test", "test")

    return Dbt(once(tmp_path_factory, "nothing", make), parsed)


@pytest.fixture(scope="session")
def built(nothing: Dbt, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """Built once a run; each worker has a copy, since dbt's unit tests write and a file that is written has no other readers."""
    folder = once(tmp_path_factory, "built", lambda folder: build(nothing.copy(folder)))
    return Dbt(folder, nothing.parsed).copy(tmp_path_factory.mktemp("copy"))


@pytest.fixture(scope="session")
def query(built: Dbt) -> Query:
    """Asks the warehouse that was built."""

    def ask(sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(built.warehouse, read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(sql).fetchall()

    return ask


@pytest.fixture(scope="session")
def catalog(built: Dbt) -> Catalog:
    """What is written of the tables."""
    return read_catalog(built.manifest)


@pytest.fixture(scope="session")
def published(built: Dbt, catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built warehouse, published with two nights of invented rankings, everybody over all and for one brand in turns, and a list."""
    copy = built.copy(tmp_path_factory.mktemp("published"))
    warehouse = Warehouse(copy.warehouse)
    with warehouse.transaction() as connection:
        create_score_tables(connection)
        persons = [person for (person,) in connection.execute("select person_id from marts.dim_persons order by all").fetchall()]
        insert_score_row(connection, "dim_score_versions", score_version="test", last_as_of_date=date(2026, 9, 12), is_current=True)
        for night, people in ((date(2026, 9, 5), persons), (date(2026, 9, 12), persons[::-1])):
            for scope_kind, scope_id in (("all", "all"), ("brand", "morrowbean")):
                for rank, person in enumerate(people, 1):
                    insert_score_row(
                        connection, "influencer_rankings", as_of_date=night, score_version="test", scope_kind=scope_kind, scope_id=scope_id,
                        population="public", person_id=person, rank=rank, impact=10 / rank, impact_low=9 / rank, impact_high=11 / rank,
                        unusual_signals=["sudden_followers", "few_talkers"],
                    )  # fmt: skip
        connection.execute("""
            insert into raw_home.list_members by name
            select 'q4' as list, author_id, 'contacted' as status, date '2026-09-10' as changed_on, 'met at the fair' as note
            from marts.mentions_enriched where brand_id is not null and person_id is not null order by said_at, mention_id limit 1
        """)
    copy.run("run", "--select", "int_list_members", "persons_overview", "rankings_newest", "mart_list_members")
    target = copy.warehouse.with_name("groundswell.duckdb")
    publish_file(warehouse, target, catalog)
    return target


def add_up_voice(built: Dbt, connection: duckdb.DuckDBPyConnection) -> None:
    """Makes marts.mart_voice_daily anew from the mentions_enriched of another file, as dbt does."""
    (path,) = (built.folder / "target" / "compiled").glob("*/models/marts/overviews/mart_voice_daily.sql")
    query = path.read_text().replace(f'"{built.warehouse.stem}".', "")
    connection.execute(f"delete from marts.mart_voice_daily; insert into marts.mart_voice_daily by name {query}")


def insert_score_row(connection: duckdb.DuckDBPyConnection, table: str, **values: Any) -> None:
    """Adds a row to a table of the score; what is not given is the number 1, the column's name, or the first night."""
    row = []
    for name, sql_type in TABLES[table].columns.items():
        otherwise = {"varchar": name, "date": date(2026, 9, 5)}.get(sql_type.split()[0], 1)
        row.append(values.get(name, otherwise))
    connection.execute(f"insert into marts.{table} values ({', '.join('?' * len(row))})", row)
