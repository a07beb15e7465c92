"""The warehouse file and the copy that readers open."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import ROOT
from orchestration.warehouse.publication import publish_file
from orchestration.warehouse.published_record import beside
from orchestration.warehouse.warehouse import CACHE_BYTES, NotPublished, Warehouse, WarehouseBusy, open_published


def fill(warehouse: Warehouse, night: int, rows: int = 20_000) -> None:
    """Two tables that only agree when they come from one night."""
    with warehouse.transaction() as connection:
        connection.execute("create schema if not exists marts; create schema if not exists ops; create schema if not exists raw_x")
        connection.execute("create or replace view marts.a_view as select 1 as x")
        connection.execute("create or replace table raw_x.hidden as select 1 as x")
        for table in ("marts.facts", "ops.runs"):
            connection.execute(f"create or replace table {table} as select {night} as night, range as row from range({rows})")


def test_marts_and_ops_tables_are_published_and_nothing_else(tmp_path: Path) -> None:
    warehouse, target = Warehouse(tmp_path / "w.duckdb"), tmp_path / "published" / "groundswell.duckdb"
    fill(warehouse, 1)
    assert publish_file(warehouse, target) == {"marts.facts": 20_000, "ops.runs": 20_000}
    with open_published(target) as connection:
        found = connection.execute(
            "select schema_name, table_name from duckdb_tables() union all select 'view', view_name from duckdb_views() where not internal"
        ).fetchall()
    assert sorted(found) == [("marts", "facts"), ("ops", "runs")]
    assert sorted(target.parent.iterdir()) == sorted([target, target.resolve(), beside(target.resolve())])


def test_rows_of_every_table_are_counted(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "w.duckdb")
    fill(warehouse, 1)
    assert warehouse.row_counts() == {("marts", "facts"): 20_000, ("ops", "runs"): 20_000, ("raw_x", "hidden"): 1}


def test_the_file_before_stays_until_the_next_publishing(tmp_path: Path) -> None:
    warehouse, target = Warehouse(tmp_path / "w.duckdb"), tmp_path / "published" / "groundswell.duckdb"
    target.parent.mkdir()
    target.write_bytes(b"not a link, as it was once")
    files = []
    for night in range(4):
        fill(warehouse, night, rows=1)
        publish_file(warehouse, target)
        files.append(target.resolve())
        (target.parent / f".{target.name}.broken-off").touch()
        os.utime(target, (0, 0))  # the night was long ago
    assert [file.exists() for file in files] == [False, False, True, True]
    assert len(list(target.parent.iterdir())) == 6  # two files with their records, what broke off, and the link


def test_files_that_readers_may_be_about_to_open_stay(tmp_path: Path) -> None:
    warehouse, target = Warehouse(tmp_path / "w.duckdb"), tmp_path / "published" / "groundswell.duckdb"
    files = []
    for night in range(4):
        fill(warehouse, night, rows=1)
        publish_file(warehouse, target)
        files.append(target.resolve())
    assert all(file.exists() for file in files)


def test_a_process_that_never_lets_go_sees_the_new_night(tmp_path: Path) -> None:
    """DuckDB gives all connections of a process to one path the same open file: only another path is another night."""
    warehouse, target = Warehouse(tmp_path / "w.duckdb"), tmp_path / "groundswell.duckdb"
    fill(warehouse, 1)
    publish_file(warehouse, target)
    with open_published(target) as held:
        fill(warehouse, 2)
        publish_file(warehouse, target)
        with open_published(target) as fresh:
            assert fresh.execute("select max(night), current_database() from facts group by all").fetchall() == [(2, "groundswell")]
        assert held.execute("select max(night) from facts").fetchall() == [(1,)]


READER = """
import pathlib, sys
from orchestration.settings import ROOT
from orchestration.warehouse.warehouse import open_published
target, stop = map(pathlib.Path, sys.argv[1:])
query = "select distinct night from (select night from facts union all select night from runs)"
nights, reads = set(), 0
while not stop.exists():
    with open_published(target) as connection:
        first = connection.execute(query).fetchall()
        assert len(first) == 1, f"mixed nights {first}"
        assert connection.execute(query).fetchall() == first, "the night changed under its reader"
        nights.add(first[0][0])
        reads += 1
    if reads == 1:
        print("reading", flush=True)
print(reads, len(nights))
"""


def test_readers_are_never_disturbed_while_nights_are_published(tmp_path: Path) -> None:
    warehouse, target, stop = Warehouse(tmp_path / "w.duckdb"), tmp_path / "groundswell.duckdb", tmp_path / "stop"
    fill(warehouse, 0)
    publish_file(warehouse, target)
    command = [sys.executable, "-c", READER, str(target), str(stop)]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(8)]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "reading\n"
    for night in (1, 2, 3):
        fill(warehouse, night)
        publish_file(warehouse, target)
    stop.touch()
    told = [reader.communicate(timeout=60) for reader in readers]
    assert [(reader.returncode, error) for reader, (_, error) in zip(readers, told, strict=True)] == [(0, "")] * 8
    assert sum(int(text.split()[0]) for text, _ in told) > 8
    assert max(int(text.split()[1]) for text, _ in told) > 1, "no reader saw a new night"
    with open_published(target) as connection:
        assert connection.execute("select max(night) from facts").fetchall() == [(3,)]


def test_a_published_file_opens_no_door(tmp_path: Path) -> None:
    warehouse, target = Warehouse(tmp_path / "w.duckdb"), tmp_path / "groundswell.duckdb"
    fill(warehouse, 1)
    publish_file(warehouse, target)
    with open_published(target) as connection:
        for query in (
            "from read_text('/etc/hostname')",
            f"copy facts to '{tmp_path / 'out.csv'}'",
            "create table marts.mine as select 1",
            "set enable_external_access = true",
            f"attach '{tmp_path / 'w.duckdb'}' as w",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(query)


def test_nothing_published_is_said_clearly(tmp_path: Path) -> None:
    with pytest.raises(NotPublished, match="groundswell refresh"), open_published(tmp_path / "none.duckdb"):
        pass


def test_a_failed_transaction_changes_nothing_and_lets_go_of_the_file(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "w.duckdb")
    fill(warehouse, 1)
    with pytest.raises(duckdb.ConversionException), warehouse.transaction() as connection:
        connection.execute("drop table marts.facts; select 'x'::integer")
    with warehouse.connect() as connection:
        assert connection.execute("select count(*) from marts.facts").fetchall() == [(20_000,)]


def test_another_writer_is_waited_for_then_named(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    code = f"import duckdb, sys; held = duckdb.connect({str(path)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"open\n"
        with pytest.raises(WarehouseBusy, match="another process"), Warehouse(path, wait_seconds=0.3).connect():
            pass
        writer.communicate()
    with Warehouse(path).connect():
        pass


def test_slow_queries_print_nothing(tmp_path: Path) -> None:
    with Warehouse(tmp_path / "warehouse.duckdb").transaction() as connection:
        assert connection.execute("select current_setting('enable_progress_bar')").fetchall() == [(False,)]


def can_be_opened(path: Path) -> bool:
    """Whether another process can open the file now."""
    asked = [sys.executable, "-c", f"import duckdb; duckdb.connect({str(path)!r}, read_only=True)"]
    return subprocess.run(asked, capture_output=True, timeout=60).returncode == 0


def test_a_warehouse_that_is_kept_open_is_opened_once_and_let_go_between(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "w.duckdb")
    fill(warehouse, 1, rows=3)
    with warehouse.kept_open():
        with warehouse.kept_open(), warehouse.connect() as connection:
            connection.execute("select 1")
        assert not can_be_opened(warehouse.path)
        with warehouse.let_go():
            assert can_be_opened(warehouse.path)
            fill(warehouse, 2, rows=3)
        assert not can_be_opened(warehouse.path)
        assert warehouse.row_counts("marts") == {("marts", "facts"): 3}
    assert can_be_opened(warehouse.path)


def test_what_fails_while_it_is_let_go_lets_go_for_good(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "w.duckdb")
    fill(warehouse, 1, rows=3)
    with pytest.raises(OSError, match="unreachable"), warehouse.kept_open(), warehouse.let_go():
        raise OSError("unreachable")
    assert can_be_opened(warehouse.path)


def test_what_is_kept_open_keeps_little_of_the_file_in_memory(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "w.duckdb")
    with warehouse.connect(write=True) as connection:
        connection.execute("create table words as select md5(range::varchar) as a, md5((range + 1)::varchar) as b from range(12_000_000)")
    held = "select sum(memory_usage_bytes) from duckdb_memory()"
    with warehouse.kept_open():
        with warehouse.connect() as connection:
            connection.execute("select max(a), max(b) from words").fetchall()
            ((limit,),) = connection.execute("select current_setting('memory_limit')").fetchall()
            ((read,),) = connection.execute(held).fetchall()
        with warehouse.connect() as connection:
            ((left,),) = connection.execute(held).fetchall()
            assert connection.execute("select current_setting('memory_limit')").fetchall() == [(limit,)]
    assert read > CACHE_BYTES >= left
