"""How much memory DuckDB takes, wherever it is opened."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import polars as pl
import pytest
from pydantic import ByteSize, TypeAdapter, ValidationError

from orchestration.settings import Settings
from orchestration.warehouse.connections import allowed_bytes, execute_over, machine_bytes, opened
from orchestration.warehouse.warehouse import Warehouse
from tests.homes import make_sandbox_home


def limit(connection: duckdb.DuckDBPyConnection) -> int:
    """As DuckDB tells it, rounded to a tenth of its unit."""
    ((told,),) = connection.execute("select current_setting('memory_limit')").fetchall()
    return TypeAdapter(ByteSize).validate_python(told)


def test_every_connection_keeps_to_three_quarters_of_what_is_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_MEMORY", "800MB")
    with Warehouse(tmp_path / "warehouse.duckdb").connect(write=True) as connection:
        assert limit(connection) == pytest.approx(600e6, rel=0.001)
        assert connection.execute("select current_setting('threads') <= 2").fetchone() == (True,)
    with opened(beside=tmp_path / "published.duckdb") as connection:
        told = connection.execute("select current_setting('temp_directory')").fetchone()
        assert told == (str(tmp_path / "published.duckdb.tmp"),)


def test_half_of_the_machine_is_allowed_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROUNDSWELL_MEMORY", raising=False)
    with duckdb.connect() as connection:
        assert limit(connection) == pytest.approx(0.8 * machine_bytes(), rel=0.001)
    assert allowed_bytes() == machine_bytes() // 2


def test_what_has_no_room_in_memory_goes_beside_the_file_and_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_MEMORY", "100MB")
    with Warehouse(tmp_path / "warehouse.duckdb").connect(write=True) as connection:
        connection.execute("create temp table large as select md5(range::varchar) as text from range(4_000_000)")
        assert [path.name for path in (tmp_path / "warehouse.duckdb.tmp").iterdir()] != []
    assert [path.name for path in tmp_path.iterdir()] == ["warehouse.duckdb"]


def test_what_a_transaction_has_written_is_not_kept_in_memory() -> None:
    def held() -> int:
        return int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1]) * os.sysconf("SC_PAGE_SIZE")

    with opened() as connection:
        connection.execute("create table told (number bigint)")
        connection.begin()
        before = held()
        for number in range(5):
            execute_over(connection, pl.select(number=pl.int_range(number, 10_000_000)), "insert into told from rows where number < 5")
        assert held() - before < 3 * 80e6  # of 400 MB
        assert connection.execute("select count(*) from told").fetchone() == (15,)


@pytest.mark.parametrize("nonsense", ["much", "4 elephants", "100MB", "-4GB", ""])
def test_nonsense_is_told(nonsense: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_HOME", str(make_sandbox_home(tmp_path)))
    monkeypatch.setenv("GROUNDSWELL_MEMORY", nonsense)
    with pytest.raises(ValidationError, match="write 512MB or more, such as 4GB"):
        Settings()


def test_the_homes_setting_is_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = make_sandbox_home(tmp_path)
    (home / ".env").write_text("GROUNDSWELL_MEMORY=3GiB\n", encoding="utf-8")
    monkeypatch.setenv("GROUNDSWELL_HOME", str(home))
    for name in (
        "GROUNDSWELL_MEMORY", "GROUNDSWELL_DATA", "GROUNDSWELL_MODELS", "DAGSTER_HOME", "DAGSTER_STATE", "GROUNDSWELL_WAREHOUSE",
        "DBT_LOG_PATH",
    ):  # fmt: skip
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    Settings().export()
    assert allowed_bytes() == 3 * 2**30
