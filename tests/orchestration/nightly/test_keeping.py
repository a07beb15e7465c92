"""An installation from before homes is brought over, upgraded by its next night, backed up while a refresh runs, and restored."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import ROOT, Settings
from orchestration.warehouse.catalog import read_catalog
from orchestration.warehouse.lock import only_refresh
from orchestration.warehouse.manifest import prepared_manifest
from tests.homes import SANDBOX_HOME
from tests.orchestration.warehouse.older import make_older_warehouse
from tests.processes import groundswell

pytestmark = pytest.mark.slow

SOURCES = "sources:\n  - {name: board, platform: files, path: EXPORTS}\n"
PAGES = ("2026-10-01", "2026-10-02")


def environment(now: str = "2026-10-04T02:00:00Z") -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "GROUNDSWELL_HOME"} | {"GROUNDSWELL_NOW": now}


def done(*arguments: str, now: str = "2026-10-04T02:00:00Z") -> str:
    told = groundswell(*arguments, environment=environment(now))
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout


def export(folder: Path) -> Path:
    folder.mkdir()
    tables = {
        "authors": [["id", "channel", "name", "handle"], *([f"a{i}", "message_boards", f"Ada {i}", f"ada{i}"] for i in range(5))],
        "posts": [
            ["id", "channel", "author_id", "published_at", "text", "in_reply_to_id"],
            *(
                [f"p{i}", "message_boards", f"a{i % 5}", f"2026-10-0{1 + i % 3}T10:0{i}:00Z", "I bought the Morrowbean Press.", ""]
                for i in range(9)
            ),
        ],
    }
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the night after the upgrade leaves."""
    folder = tmp_path_factory.mktemp("older")
    clone, home = folder / "clone", folder / "home"
    seeds = clone / "dbt_project" / "seeds"
    seeds.mkdir(parents=True)
    for table in SANDBOX_HOME.glob("*.csv"):
        shutil.copyfile(table, seeds / table.name)
    (clone / "connectors").mkdir()
    sources = SOURCES.replace("EXPORTS", str(export(folder / "exports")))
    (clone / "connectors" / "sources.yaml").write_text(sources, encoding="utf-8")
    make_older_warehouse(clone / "data" / "warehouse.duckdb")
    done("init", str(home), "--from", str(clone))
    (clone / "data" / "reports").mkdir()
    for page in PAGES:
        (clone / "data" / "reports" / f"{page}.html").write_text(page, encoding="utf-8")
    done("-C", str(home), "refresh")
    return home


def data_of(home: Path) -> Path:
    return home.parent / "clone" / "data"


def tables(data: Path) -> dict[str, list[tuple[object, ...]]]:
    with duckdb.connect(data / "published" / "groundswell.duckdb", read_only=True) as connection:
        names = connection.execute("select schema_name || '.' || table_name from duckdb_tables() order by 1").fetchall()
        return {name: connection.execute(f"from {name} order by all").fetchall() for (name,) in names}


def test_the_next_night_publishes_all_tables_and_keeps_the_old_rankings(home: Path) -> None:
    published = tables(data_of(home))
    assert {name.partition(".")[2] for name in published} == set(read_catalog(prepared_manifest(Settings())))
    nights = [(str(row[0]), str(row[5])) for row in published["marts.influencer_rankings"]]
    assert sorted({night for night, _ in nights}) == ["2026-09-30", "2026-10-01", "2026-10-02", "2026-10-03"]
    assert len([night for night, _ in nights if night < "2026-10-03"]) == 12
    with duckdb.connect(data_of(home) / "warehouse.duckdb", read_only=True) as connection:
        for raw, staged in (("hacker_news.items", "hacker_news__items"), ("mastodon.statuses", "mastodon__statuses")):
            counts = connection.execute(f"select (select count(*) from raw_{raw}), (select count(*) from staging.stg_{staged})").fetchall()
            assert counts[0][0] == counts[0][1] > 0


def test_a_backup_waits_for_the_refresh_and_its_restored_home_goes_on(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / ".env").write_text((home / ".env").read_text(encoding="utf-8") + "BOARD_TOKEN=hidden\n", encoding="utf-8")
    archive, other = tmp_path / "night.tar.gz", tmp_path / "other"
    monkeypatch.setenv("GROUNDSWELL_HOME", str(home))
    with only_refresh(Settings()):
        command = [sys.executable, "-c", "from orchestration.cli.app import main; main()", "-C", str(home), "backup", str(archive)]
        running = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert running.stderr
        assert running.stderr.readline() == "a refresh is running: waiting for its end\n"
        assert not archive.exists()
    told, errors = running.communicate()
    assert running.returncode == 0, errors
    assert "all compared" in told
    assert "it holds the secrets of .env" in told
    assert archive.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [archive.name]

    told = done("restore", str(archive), str(other))
    assert f"next: groundswell -C {other} refresh" in told
    assert (other / ".env").read_text(encoding="utf-8") == "BOARD_TOKEN=hidden\n"
    assert tables(other / "data") == tables(data_of(home))
    assert {page.name for page in (other / "data" / "reports").iterdir()} >= {f"{page}.html" for page in PAGES}
    for folder in (home, other):
        done("-C", str(folder), "refresh", now="2026-10-05T02:00:00Z")
    assert tables(other / "data") == tables(data_of(home))
    assert len(tables(other / "data")["marts.influencer_rankings"]) > 12


def test_what_is_not_whole_or_would_overwrite_is_refused(home: Path, tmp_path: Path) -> None:
    archive, damaged = tmp_path / "night.tar.gz", tmp_path / "damaged.tar.gz"
    assert "secrets" not in done("-C", str(home), "backup", str(archive), "--without-secrets")
    with tarfile.open(archive) as tar:
        assert "home/.env" not in tar.getnames()
    whole = archive.read_bytes()
    damaged.write_bytes(whole[: len(whole) // 2])
    other = tmp_path / "text.tar.gz"
    other.write_text("no archive", encoding="utf-8")
    for arguments, says in (
        (("-C", str(home), "backup", str(archive)), f"{archive} is there already: name a new file"),
        (("restore", str(archive), str(home)), f"{home} holds something already: name a new folder"),
        (("restore", str(damaged), str(tmp_path / "new")), f"{damaged} is damaged, or no backup: "),
        (("restore", str(other), str(tmp_path / "new")), f"{other} is damaged, or no backup: "),
        (("restore", str(tmp_path / "no"), str(tmp_path / "new")), f"{tmp_path / 'no'} is not there"),
    ):
        refused = groundswell(*arguments, environment=environment())
        assert refused.returncode == 1
        assert refused.stderr.startswith(f"error: {says}")
        assert "Traceback" not in refused.stderr
    assert not (tmp_path / "new").exists()
