"""The event log with kept connections, against Dagster's own on the same files."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage

from orchestration.warehouse.event_log import EventLog
from tests.conftest import ROOT


@dg.multi_asset(specs=[dg.AssetSpec("a"), dg.AssetSpec("b")], check_specs=[dg.AssetCheckSpec("sound", asset="a")])
def assets() -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    yield dg.MaterializeResult(asset_key="a", metadata={"row_count": 3})
    yield dg.AssetCheckResult(asset_key="a", check_name="sound", passed=False, severity=dg.AssetCheckSeverity.WARN)
    yield dg.MaterializeResult(asset_key="b")


def test_dagsters_own_log_reads_what_this_one_wrote(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text(
        f"event_log_storage: {{module: orchestration.warehouse.event_log, class: EventLog, config: {{base_dir: {tmp_path}}}}}"
    )
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert isinstance(instance.event_log_storage, EventLog)
        run = dg.materialize([assets], instance=instance).run_id
        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(lambda _: len(instance.all_logs(run)), range(8))) == {len(instance.all_logs(run))}
        again = dg.DagsterInstance.from_ref(instance.get_ref())
        assert isinstance(again.event_log_storage, EventLog)
        again.dispose()
    other = SqliteEventLogStorage(str(tmp_path / "events"))
    (event,) = other.get_event_records(dg.EventRecordsFilter(dg.DagsterEventType.ASSET_MATERIALIZATION, asset_key=dg.AssetKey("a")))
    assert event.asset_materialization
    assert event.asset_materialization.metadata["row_count"].value == 3
    assert event.event_log_entry.run_id == run
    checks = other.get_asset_check_execution_history(dg.AssetCheckKey(dg.AssetKey("a"), "sound"), limit=5)
    assert [check.status.value for check in checks] == ["FAILED"]


def test_the_shipped_instance_uses_it() -> None:
    assert "class: EventLog" in (ROOT / "dagster.yaml").read_text(encoding="utf-8")
