"""The published tables as Parquet."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from orchestration.publishing.parquet import export_parquet, files_of, table_of
from orchestration.warehouse.catalog import Entry
from orchestration.warehouse.publication import publish_file
from orchestration.warehouse.warehouse import Warehouse


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "parquet"


def publish(tmp_path: Path, row: int, night: date) -> Path:
    """A night with one row and a list."""
    warehouse, published = Warehouse(tmp_path / "w.duckdb"), tmp_path / "groundswell.duckdb"
    with warehouse.transaction() as connection:
        connection.execute(f"create schema if not exists ops; create or replace table ops.runs as select {row} as row, ['a', 'b'] as notes")
    publish_file(warehouse, published)
    return export_parquet(published, tmp_path / "parquet", night, keep=7)


def read(files: Path) -> list[tuple[int, str]]:
    assert [table_of(file) for file in files_of(files.resolve(), "runs")] == ["runs"]
    return duckdb.sql(f"from '{files}/runs.parquet'").fetchall()


def test_a_week_of_nights_and_latest(tmp_path: Path, folder: Path) -> None:
    for day in range(1, 10):
        publish(tmp_path, day, date(2026, 9, day))
    shown = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    assert shown == [*(f"2026-09-{day:02}" for day in range(3, 10)), "latest"]
    assert read(folder / "latest") == [(9, "a; b")]
    assert read(folder / "2026-09-03") == [(3, "a; b")]


def test_a_night_published_again_leaves_its_readers_their_files(tmp_path: Path, folder: Path) -> None:
    night = date(2026, 9, 1)
    publish(tmp_path, 1, night)
    opened = (folder / "latest").resolve()
    publish(tmp_path, 2, night)
    assert read(folder / "latest") == read(folder / "2026-09-01") == [(2, "a; b")]
    assert read(opened) == [(1, "a; b")]
    publish(tmp_path, 3, night)
    assert not opened.exists()


def test_what_a_crash_left_is_removed_and_never_pointed_at(tmp_path: Path, folder: Path) -> None:
    publish(tmp_path, 1, date(2026, 9, 1))
    left = folder / ".2026-09-02.broken"
    left.mkdir()
    (folder / ".latest.link").symlink_to("nowhere")
    publish(tmp_path, 2, date(2026, 9, 2))
    assert not left.exists()
    assert read(folder / "latest") == [(2, "a; b")]
    assert not (folder / ".latest.link").is_symlink()


def test_a_table_that_stayed_the_same_is_written_once(tmp_path: Path, folder: Path) -> None:
    for day, row in ((1, 1), (2, 1), (3, 2)):
        publish(tmp_path, row, date(2026, 9, day))
    first, second, third = ((folder / f"2026-09-0{day}" / "runs.parquet").stat().st_ino for day in (1, 2, 3))
    assert first == second != third
    assert [read(folder / f"2026-09-0{day}") for day in (2, 3)] == [[(1, "a; b")], [(2, "a; b")]]


def test_another_type_of_the_same_values_is_written_anew(tmp_path: Path, folder: Path) -> None:
    publish(tmp_path, 1, date(2026, 9, 1))
    with Warehouse(tmp_path / "w.duckdb").transaction() as connection:
        connection.execute("alter table ops.runs alter row type bigint")
    publish_file(Warehouse(tmp_path / "w.duckdb"), tmp_path / "groundswell.duckdb")
    export_parquet(tmp_path / "groundswell.duckdb", folder, date(2026, 9, 2), keep=7)
    assert duckdb.sql(f"select typeof(row) from '{folder}/latest/runs.parquet'").fetchall() == [("BIGINT",)]


@pytest.mark.parametrize("damage", [b"", b"PAR1 is what is left of it"])
def test_a_damaged_file_of_the_night_before_is_written_anew(tmp_path: Path, folder: Path, damage: bytes) -> None:
    publish(tmp_path, 1, date(2026, 9, 1))
    (folder / "latest" / "runs.parquet").write_bytes(damage)
    publish(tmp_path, 1, date(2026, 9, 2))
    assert read(folder / "latest") == [(1, "a; b")]


def test_of_a_table_in_weeks_each_is_a_file_and_each_day_of_the_newest_two(tmp_path: Path, folder: Path) -> None:
    warehouse, published = Warehouse(tmp_path / "w.duckdb"), tmp_path / "groundswell.duckdb"
    catalog = {"posts": Entry("marts", "Posts.", {}, ("post",), parted_by="said_on")}
    with warehouse.transaction() as connection:
        connection.execute("create schema marts; create table marts.posts (post integer, said_on date)")
    for day, said_on in enumerate((date(2026, 8, 25), None, date(2026, 9, 7), date(2026, 9, 8)), 1):
        with warehouse.transaction() as connection:
            connection.execute("insert into marts.posts values (?, ?)", [day, said_on])
        publish_file(warehouse, published, catalog)
        export_parquet(published, folder, date(2026, 9, day), keep=7)
    files = sorted((folder / "latest" / "posts").iterdir())
    assert [file.name for file in files] == ["2026-09-07.parquet", "2026-09-08.parquet", "2026-W35.parquet", "undated.parquet"]
    assert [duckdb.sql(f"select post from '{file}'").fetchall() for file in files] == [[(3,)], [(4,)], [(1,)], [(2,)]]
    for kept in (0, 2, 3):
        assert files[kept].stat().st_ino == (folder / "2026-09-03" / "posts" / files[kept].name).stat().st_ino
    assert not (folder / "2026-09-02" / "posts" / "2026-W35.parquet").exists()
    assert files_of(folder / "latest", "posts") == files
    assert {table_of(file.resolve()) for file in files} == {"posts"}


def test_of_a_table_by_night_each_night_is_written_once(tmp_path: Path, folder: Path) -> None:
    warehouse, published = Warehouse(tmp_path / "w.duckdb"), tmp_path / "groundswell.duckdb"
    catalog = {"ranks": Entry("marts", "Ranks.", {}, ("as_of_date", "person"))}
    with warehouse.transaction() as connection:
        connection.execute("create schema marts; create table marts.ranks (as_of_date date, person varchar, place integer)")
    for day in range(4):
        with warehouse.transaction() as connection:
            if day:
                connection.execute("insert into marts.ranks values (?, 'ada', ?)", [date(2026, 9, day), day])
            if day == 3:
                connection.execute("update marts.ranks set place = 7 where as_of_date = '2026-09-01'")
        publish_file(warehouse, published, catalog)
        export_parquet(published, folder, date(2026, 9, 1 + day), keep=7)
        # as pandas, Polars and DuckDB read it
        rows = pl.scan_parquet(folder / "latest" / "ranks").sort("as_of_date").select("place").collect()["place"].to_list()
        assert rows == duckdb.sql(f"select place from '{folder}/latest/ranks/*.parquet' order by as_of_date").pl()["place"].to_list()
        assert rows == [[], [1], [1, 2], [7, 2, 3]][day]
    first, second = ([(folder / f"2026-09-0{n}" / "ranks" / f"2026-09-0{m}.parquet").stat().st_ino for n in (3, 4)] for m in (1, 2))
    assert first[0] != first[1]
    assert second[0] == second[1]
