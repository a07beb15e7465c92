"""What goes at the end of a night, and what stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

from connectors import platforms
from orchestration.cli.app import app
from orchestration.nightly.retention import Pruned, prune
from orchestration.publishing.parquet import export_parquet
from orchestration.settings import Settings
from orchestration.warehouse.load import load
from orchestration.warehouse.publication import publish_file
from orchestration.warehouse.raw_tables import create_raw_tables
from orchestration.warehouse.warehouse import Warehouse
from tests.homes import make_sandbox_home
from tests.orchestration.warehouse.landed import land

NOW = datetime(2026, 9, 30, 2, tzinfo=UTC)
KEPT = {"keep_runs": 2, "keep_parquet": 2, "keep_reports": 2, "keep_raw_months": 1}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("GROUNDSWELL_HOME", str(make_sandbox_home(tmp_path / "home")))
    for name, value in KEPT.items():
        monkeypatch.setenv(f"GROUNDSWELL_{name.upper()}", str(value))
    made = Settings()
    for name in ("GROUNDSWELL_DATA", "DAGSTER_HOME", "DAGSTER_STATE", "GROUNDSWELL_WAREHOUSE", "DBT_LOG_PATH"):
        monkeypatch.setenv(name, "")  # so that what export() sets is taken back
    made.export()
    return made


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.get() as made:
        yield made


@dg.asset(partitions_def=dg.DailyPartitionsDefinition("2026-01-01"), check_specs=[dg.AssetCheckSpec("sound", asset="night")])
def night() -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    yield dg.MaterializeResult()
    yield dg.AssetCheckResult(passed=True, check_name="sound")


def ran(instance: dg.DagsterInstance, day: date) -> str:
    return dg.materialize([night], instance=instance, partition_key=day.isoformat()).run_id


def by_kind(pruned: list[Pruned]) -> dict[str, int]:
    return {item.what: item.count for item in pruned}


def test_the_newest_nights_of_dagsters_history_stay(settings: Settings, instance: dg.DagsterInstance) -> None:
    days = [date(2026, 9, 1) + timedelta(days=day) for day in range(4)]
    runs = [ran(instance, day) for day in days]
    again = ran(instance, days[2])
    events = settings.folder / "dagster" / "events"
    assert by_kind(prune(settings, instance, NOW, dry_run=True))["Dagster's runs and events"] == 2
    assert len(instance.get_run_records()) == 5
    (gone, *_) = prune(settings, instance, NOW)
    assert (gone.count, gone.size > 0) == (2, True)
    assert {record.dagster_run.run_id for record in instance.get_run_records()} == {*runs[2:], again}
    assert {file.name.partition(".")[0] for file in events.iterdir()} == {"index", *runs[2:], again}
    (event,) = instance.fetch_materializations(dg.AssetKey("night"), limit=1).records
    assert event.run_id == again
    history = instance.event_log_storage.get_asset_check_execution_history(dg.AssetCheckKey(dg.AssetKey("night"), "sound"), limit=10)
    assert {record.run_id for record in history} == {*runs[2:], again}
    assert by_kind(prune(settings, instance, NOW))["Dagster's runs and events"] == 0


def test_a_run_that_has_not_ended_stays(settings: Settings, instance: dg.DagsterInstance) -> None:
    waiting = instance.create_run_for_job(dg.define_asset_job("all").resolve(asset_graph=dg.Definitions([night]).resolve_asset_graph()))
    for day in range(1, 4):
        ran(instance, date(2026, 9, day))
    assert by_kind(prune(settings, instance, NOW))["Dagster's runs and events"] == 1
    assert instance.get_run_by_id(waiting.run_id)


def test_pages_and_parquet_of_the_newest_nights_stay(settings: Settings, instance: dg.DagsterInstance) -> None:
    warehouse = Warehouse(settings.warehouse)
    with warehouse.transaction() as connection:
        connection.execute("create schema ops; create table ops.runs as select 1 as row")
    publish_file(warehouse, settings.published)
    settings.reports.mkdir()
    for day in range(1, 5):
        export_parquet(settings.published, settings.parquet, date(2026, 9, day), keep=7)
        for page in (f"2026-09-0{day}", f"2026-09-0{day}.morrowbean", f"2026-W3{day}.morrowbean", f"2026-0{day}"):
            (settings.reports / f"{page}.html").write_text("page", encoding="utf-8")
    shown = prune(settings, instance, NOW, dry_run=True)
    assert (by_kind(shown)["nights as Parquet"], by_kind(shown)["reports"]) == (2, 6)
    assert shown[2].size == 32
    assert prune(settings, instance, NOW)[1:3] == shown[1:3]
    assert sorted(path.name for path in settings.reports.iterdir()) == [
        "2026-03.html", "2026-04.html", "2026-09-03.html", "2026-09-03.morrowbean.html", "2026-09-04.html", "2026-09-04.morrowbean.html",
        "2026-W33.morrowbean.html", "2026-W34.morrowbean.html",
    ]  # fmt: skip
    assert sorted(path.name for path in settings.parquet.glob("[!.]*")) == ["2026-09-03", "2026-09-04", "latest"]
    assert len(list(settings.parquet.glob(".*"))) == 2


def test_first_newest_and_young_payloads_stay(settings: Settings, instance: dg.DagsterInstance) -> None:
    warehouse = Warehouse(settings.warehouse)
    create_raw_tables(warehouse, list(platforms().values()))
    for month in (6, 7, 8, 9):
        moment = datetime(2026, month, 10, tzinfo=UTC)
        load(warehouse, [land(settings.landing, moment, {"changes": month, "same": 0})], moment)
    versions = "select native_id, month(observed_at) from raw_files.posts order by all"

    def stored() -> list[tuple[str, int]]:
        with warehouse.connect() as connection:
            return connection.execute(versions).fetchall()

    assert stored() == [("changes", 6), ("changes", 7), ("changes", 8), ("changes", 9), ("same", 6)]
    assert by_kind(prune(settings, instance, NOW))["payloads of versions"] == 0, "nothing is published yet"
    with warehouse.transaction() as connection:
        connection.execute("insert into raw_ops.publications select '2026-09-10', 4, now()")
    (*_, shown) = prune(settings, instance, NOW, dry_run=True)
    assert (shown.count, len(stored())) == (2, 5)
    (*_, gone) = prune(settings, instance, NOW)
    assert gone == shown
    assert stored() == [("changes", 6), ("changes", 9), ("same", 6)]


def test_the_command_shows_and_removes(settings: Settings, instance: dg.DagsterInstance) -> None:
    settings.reports.mkdir()
    for day in range(1, 4):
        (settings.reports / f"2026-09-0{day}.html").write_text("page", encoding="utf-8")

    def told(*arguments: str) -> str:
        result = CliRunner().invoke(app, ["prune", *arguments])
        assert result.exit_code == 0, result.output
        return result.output

    assert json.loads(told("--dry-run", "--json"))[2] == {"what": "reports", "kept": "2 nights", "count": 1, "size": 4}
    assert len(list(settings.reports.iterdir())) == 3
    assert json.loads(told("--json"))[2]["count"] == 1
    assert len(list(settings.reports.iterdir())) == 2


def test_a_setting_that_keeps_nothing_is_refused(settings: Settings) -> None:
    environment = {**os.environ, "GROUNDSWELL_KEEP_RUNS": "0"}
    command = [sys.executable, "-c", "from orchestration.cli.app import main; main()", "prune"]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert told.stderr == "error: GROUNDSWELL_KEEP_RUNS: Input should be greater than 0\n"
