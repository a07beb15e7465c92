"""Files that are damaged: every command says which and what to do, in a line."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.cli import terminal
from orchestration.cli.app import main
from orchestration.warehouse.publication import publish_file
from orchestration.warehouse.warehouse import Warehouse
from tests.homes import make_sandbox_home

READING = (
    ["rank"], ["why", "--person", "x"], ["sql", "select count(distinct text) from dim_texts"], ["report"], ["people"], ["dashboard"],
    ["shortlist", "--brand", "x", "--budget", "1"],
)  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home with a warehouse and a published file of a few megabytes."""
    monkeypatch.setenv("GROUNDSWELL_HOME", str(make_sandbox_home(tmp_path / "home")))
    monkeypatch.chdir(tmp_path)
    warehouse = Warehouse(tmp_path / "home" / "data" / "warehouse.duckdb")
    with warehouse.transaction() as connection:
        connection.execute("""
            create schema marts; create schema ops; create schema raw_ops;
            create table marts.dim_texts as select md5(range::varchar) as text from range(100000);
            create table ops.ops_source_runs as select date '2026-09-10' as observed_date;
            create table raw_ops.publications as select date '2026-09-10' as night, 1::bigint as load_id, now() as published_at;
            create table raw_ops.source_runs (source_name varchar, night date, load_id bigint, status varchar, error varchar);
        """)
    publish_file(warehouse, tmp_path / "home" / "data" / "published" / "groundswell.duckdb")
    umask, handler = os.umask(0), signal.getsignal(signal.SIGTERM)
    yield tmp_path / "home"
    os.umask(umask)
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[str]]]:
    """The exit code of a command, and the lines of its error channel."""

    def run(*arguments: str) -> tuple[int, list[str]]:
        monkeypatch.setattr(sys, "argv", ["groundswell", *arguments])
        monkeypatch.setattr(terminal.err, "_file", sys.stderr)
        monkeypatch.setattr(terminal.out, "_file", sys.stdout)
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), capsys.readouterr().err.splitlines()

    return run


def cut(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[:100_000])


def empty(file: Path) -> None:
    file.write_bytes(b"")


def flip(file: Path) -> None:
    """One byte of the second block, which holds rows: the file opens."""
    content = bytearray(file.read_bytes())
    content[12_288 + 262_144 + 5_000] ^= 0xFF
    file.write_bytes(content)


@pytest.mark.parametrize("damage", [cut, empty, flip])
@pytest.mark.parametrize("arguments", READING, ids=lambda arguments: arguments[0])
def test_a_damaged_published_file_is_named(
    damage: Callable[[Path], None], arguments: list[str], home: Path, told: Callable[..., tuple[int, list[str]]]
) -> None:
    published = (home / "data" / "published" / "groundswell.duckdb").resolve()
    damage(published)
    code, lines = told(*arguments)
    assert code == 1
    [line] = lines
    print(line)
    assert line.startswith("error: ")
    if damage is flip and arguments[0] != "sql":  # which read no table of this small file: it has no rankings
        assert "was made by another version of groundswell" in line
    else:
        assert "groundswell.duckdb is damaged: `groundswell refresh` publishes it anew" in line


@pytest.mark.parametrize("damage", [cut, empty])
def test_a_damaged_warehouse_is_named(damage: Callable[[Path], None], home: Path, told: Callable[..., tuple[int, list[str]]]) -> None:
    damage(home / "data" / "warehouse.duckdb")
    code, lines = told("sources")
    assert code == 1
    [line] = lines
    print(line)
    assert "warehouse.duckdb is damaged: `groundswell restore` makes a new home of a backup" in line


def test_a_traceback_is_shown_on_demand_alone(home: Path, told: Callable[..., tuple[int, list[str]]]) -> None:
    cut(home / "data" / "warehouse.duckdb")
    code, lines = told("--traceback", "sources")
    assert code == 1
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-1].startswith("error: ")


def test_the_doctor_reads_every_byte(home: Path, told: Callable[..., tuple[int, list[str]]]) -> None:
    warehouse = home / "data" / "warehouse.duckdb"
    assert told("doctor", "--offline")[0] == 0
    flip(warehouse)
    with duckdb.connect(warehouse, read_only=True) as connection:
        assert connection.execute("select count(*) from marts.dim_texts").fetchall() == [(100_000,)], "counting does not see it"
    assert told("doctor", "--offline")[0] == 1


def test_the_umask_is_the_owners_alone(home: Path, told: Callable[..., tuple[int, list[str]]]) -> None:
    told("sources")
    assert os.umask(0) == 0o077
