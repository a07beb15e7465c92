"""What the doctor finds, and what it says to do."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestration.nightly import doctor
from orchestration.nightly.doctor import Finding
from orchestration.nightly.reachability import Asked
from orchestration.settings import Settings
from orchestration.warehouse.publication import publish_file
from orchestration.warehouse.warehouse import Warehouse
from tests.homes import make_sandbox_home

NOW = datetime(2026, 9, 12, 2, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home with a warehouse that tells of two published nights."""
    monkeypatch.setenv("GROUNDSWELL_HOME", str(make_sandbox_home(tmp_path)))
    monkeypatch.delenv("SHOP_TOKEN", raising=False)
    settings = Settings(now=NOW)
    warehouse = Warehouse(settings.warehouse)
    with warehouse.transaction() as connection:
        connection.execute("""
            create schema marts; create schema ops; create schema raw_ops; create schema raw_scores;
            create table raw_scores.missed_nights (as_of_date date, ranked_at timestamptz);
            create table marts.dim_brands as select 'morrowbean' as brand_id, ['a', 'b'] as names;
            create table ops.ops_source_runs as select date '2026-09-11' as observed_date;
            create table raw_ops.publications as from (values
                (date '2026-09-09', 1, timestamptz '2026-09-10 02:00:00+00'), (date '2026-09-11', 2, timestamptz '2026-09-12 01:00:00+00')
            ) as nights (night, load_id, published_at);
            create table raw_ops.source_runs as select 'notes' as source_name, date '2026-09-11' as night, 2 as load_id,
                'failed' as status, 'the server did not answer in time' as error;
        """)
    publish_file(warehouse, settings.published)
    return settings


def told(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.status, finding.told) for finding in findings]


def test_every_finding_that_is_not_well_has_a_remedy(settings: Settings) -> None:
    found = doctor.examine(settings, {"notes": Asked(False, "no answer"), "other": Asked(True, "here", 2.0)})
    assert {finding.check for finding in found} == {
        "configuration", "secrets", "permissions", "disk", "memory", "clock", "versions", "warehouse", "landing", "published", "nights",
        "sources",
    }  # fmt: skip
    assert [finding for finding in found if (finding.status == "ok") == bool(finding.remedy)] == []


def test_a_fault_of_the_configuration_is_a_row_and_a_line_of_secrets_is_not_shown(settings: Settings) -> None:
    (settings.home / ".env").write_text("GROUNDSWELL_CONTACT=me@brand.example\nsk-hunter2-pasted\n", encoding="utf-8")
    settings.sources.write_text("sources:\n  - {name: x, platform: telegraph}\n  - {name: y, platform: semaphore}\n", encoding="utf-8")
    found = doctor.configuration(settings)
    assert [finding.status for finding in found] == ["fail"] * 3
    assert found[0].told == f"{settings.home / '.env'}:2: is no NAME=value"
    assert [f"sources.yaml:{line}" in finding.told for line, finding in zip((2, 3), found[1:], strict=True)] == [True, True]
    assert "hunter2" not in str(found)


def test_a_secret_that_is_not_set_is_named(settings: Settings) -> None:
    settings.sources.write_text(
        "sources:\n  - {name: shop, platform: mastodon, base_url: 'https://m.example', secrets: {token: SHOP_TOKEN}}\n", encoding="utf-8"
    )
    assert told(doctor.secrets(settings)) == [("fail", "shop: SHOP_TOKEN is not set")]
    (settings.home / ".env").write_text("SHOP_TOKEN=abc\n", encoding="utf-8")
    (settings.home / ".env").chmod(0o640)
    [open_to_others] = doctor.secrets(settings)
    assert (open_to_others.status, open_to_others.remedy) == ("warn", f"chmod 600 {settings.home / '.env'}")
    (settings.home / ".env").chmod(0o600)
    assert told(doctor.secrets(settings)) == [("ok", "1 named in sources.yaml, all set")]


def test_the_nights_that_are_missing_failed_or_late_are_told(settings: Settings) -> None:
    assert told(doctor.nights(settings)) == [
        ("warn", "not published: 2026-09-10"),
        ("warn", "notes failed on 2026-09-11: the server did not answer in time"),
    ]
    with Warehouse(settings.warehouse).transaction() as connection:
        connection.execute("insert into raw_scores.missed_nights values ('2026-09-10', '2026-09-12 01:00:00+00')")
    assert told(doctor.nights(settings)) == [("warn", "notes failed on 2026-09-11: the server did not answer in time")]
    later = Settings(now=NOW + timedelta(hours=47))
    assert told(doctor.nights(later))[0] == ("fail", "the last, of 2026-09-11, was published 48 hours ago")


def test_what_was_set_aside_and_what_waits_is_told(settings: Settings) -> None:
    assert told(doctor.landing(settings)) == [("ok", "empty")]
    (settings.landing / "broken" / "20260910-notes-1").mkdir(parents=True)
    (settings.landing / "20260911-notes-1").mkdir()
    assert [status for status, _ in told(doctor.landing(settings))] == ["warn", "warn"]


def test_a_clock_before_the_files_is_wrong(settings: Settings) -> None:
    at = datetime.now(UTC).timestamp() + 86_400
    os.utime(settings.warehouse, (at, at))
    [simulated, ahead] = doctor.clock(settings)
    assert (simulated.status, ahead.status) == ("warn", "fail")
    assert f"{settings.warehouse} is from later" in ahead.told


def test_more_memory_than_there_is_cannot_be_taken(settings: Settings) -> None:
    ((status, line),) = told(doctor.memory(settings.model_copy(update={"memory": 2**60})))
    assert (status, line.startswith("a night may take 1,073,741,824.0 GiB of ")) == ("fail", True)
    assert [finding.status for finding in doctor.memory(settings)] == ["ok"]


def test_a_published_file_that_is_not_the_newest_nights_is_told(settings: Settings) -> None:
    assert told(doctor.published(settings)) == [("ok", "night of 2026-09-11; 2 tables, 2 rows, all read and their checksums hold")]
    with Warehouse(settings.warehouse).transaction() as connection:
        connection.execute("insert into raw_ops.publications values ('2026-09-12', 3, '2026-09-13 02:00:00+00')")
    assert told(doctor.published(settings)) == [("warn", "it is of 2026-09-11, and the night of 2026-09-12 was published")]


def test_modes_are_told(settings: Settings) -> None:
    for folder, folders, files in os.walk(settings.folder):
        for name in folders:
            Path(folder, name).chmod(0o700)
        for name in files:
            Path(folder, name).chmod(0o600)
    settings.folder.chmod(0o700)
    assert [status for status, _ in told(doctor.permissions(settings))] == ["ok"]
    settings.warehouse.chmod(0o644)
    assert [status for status, _ in told(doctor.permissions(settings))] == ["warn"]


def test_the_versions_name_the_warehouses_storage(settings: Settings) -> None:
    [(status, text)] = told(doctor.versions(settings))
    assert status == "ok"
    assert "duckdb " in text
    assert "the warehouse's storage v" in text


def test_a_clock_that_the_servers_do_not_share_is_told(settings: Settings) -> None:
    answers = {"one": Asked(True, "here", -7260.0), "two": Asked(False, "refused", -7259.0), "three": Asked(True, "here")}
    [refused, clock] = doctor.reachability(answers)
    assert (refused.check, clock.check, clock.status) == ("sources", "clock", "fail")
    assert clock.told == "the servers' clocks are -121 minutes from this machine's, by the median of 2"
    assert told(doctor.reachability({"one": Asked(True, "here", 290.0)})) == [("ok", "1 asked, all answered")]


def test_a_name_of_env_that_no_setting_has_is_told_with_the_nearest(settings: Settings) -> None:
    lines = "GROUNDSWELL_CONTCT=me@brand.example\nGROUNDSWELL_TIMEZONE=UTC\nGROUNDSWELL_HASH_KEY=k\nOTHER=1\n"
    (settings.home / ".env").write_text(lines, encoding="utf-8")
    settings.sources.write_text(
        "sources:\n  - {name: shop, platform: files, path: data, secrets: {hash_key: GROUNDSWELL_HASH_KEY}}\n", encoding="utf-8"
    )
    [found] = doctor.configuration(settings)
    assert (found.status, found.remedy) == ("warn", "write GROUNDSWELL_CONTACT?")
    assert found.told.endswith(".env: GROUNDSWELL_CONTCT is no setting, and goes unread")
