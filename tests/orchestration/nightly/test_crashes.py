"""A refresh that is killed anywhere and run again ends as one that was never disturbed; two at once do not meet."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest
import yaml

from orchestration.settings import ROOT
from tests.homes import SANDBOX_HOME, make_sandbox_home
from tests.processes import Running, start

pytestmark = pytest.mark.slow

WHILE_EXTRACTING = ("mid-page", "after-landing", "mid-load", "after-commit")
FIRST, SECOND = "2026-09-10", "2026-09-11"
PLATFORMS = ("feeds", "podcast_feeds", "mastodon", "mediawiki", "hacker_news")
OWN_TO_A_RUN = ("load_id", "source_run_id", "request_url")  # whose batch an item came in depends on which answer came first


@dataclass
class Web:
    """A small sandbox and the sources file that points at it."""

    url: str
    home: Path

    def clock(self, night: str) -> str:
        """Moves the sandbox to the small hours after a night; returns the time."""
        now = f"{night[:-2]}{int(night[-2:]) + 1:02}T02:00:00+00:00"
        httpx.put(f"{self.url}/clock", json={"now": now}).raise_for_status()
        return now


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("web")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "connectors.sandbox", "--port", str(port), "--people", "80", "--date", FIRST]
    with subprocess.Popen(command, cwd=ROOT) as server:
        url = f"http://127.0.0.1:{port}"
        transport = httpx.HTTPTransport(retries=8)
        with httpx.Client(transport=transport) as client:
            client.get(f"{url}/clock").raise_for_status()
        shipped = yaml.safe_load((SANDBOX_HOME / "sources.yaml").read_text(encoding="utf-8"))["sources"]
        some = [source for source in shipped if source["platform"] in PLATFORMS]
        home = make_sandbox_home(folder, yaml.safe_dump({"sources": some}).replace("http://127.0.0.1:8765", url))
        yield Web(url, home)
        server.terminate()


def run(web: Web, data: Path, night: str, place: str = "nowhere", part: str = "refresh") -> Running:
    environment = {
        **os.environ,
        "GROUNDSWELL_DATA": str(data),
        "GROUNDSWELL_HOME": str(web.home),
        "GROUNDSWELL_NOW": web.clock(night),
    }
    return start("tests.orchestration.nightly.crash", part, place, night, environment=environment)


def finish(running: Running) -> tuple[int, str]:
    done = running.finish()
    return done.returncode, done.stdout + done.stderr


def contents(path: Path, schemas: str) -> dict[str, list[Any]]:
    """Every row of every table, without what is a run's own (raw_ops.built holds hashes of it)."""
    with duckdb.connect(path, read_only=True) as connection:
        tables = connection.execute(
            f"select schema_name || '.' || table_name from duckdb_tables() where regexp_matches(schema_name, '{schemas}') order by 1"
        ).fetchall()
        found = {}
        for (table,) in tables:
            if "source_runs" not in table and table != "raw_ops.built":
                columns = [row[0] for row in connection.execute(f"describe {table}").fetchall() if row[0] not in OWN_TO_A_RUN]
                found[table] = connection.execute(f"select {', '.join(columns)} from {table} order by all").fetchall()
    return found


def state(data: Path) -> dict[str, list[Any]]:
    return contents(data / "warehouse.duckdb", "^raw_") | contents(data / "published" / "groundswell.duckdb", "marts|ops")


@pytest.fixture(scope="module")
def before(web: Web, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of an installation after its first night."""
    data = tmp_path_factory.mktemp("installation") / "data"
    code, told = finish(run(web, data, FIRST))
    assert code == 0, told
    return Path(shutil.copytree(data, data.with_name("before"), symlinks=True))


def restored(before: Path) -> Path:
    """The installation as it was after its first night, where it was: what dbt has parsed holds for one place."""
    data = before.with_name("data")
    shutil.rmtree(data)
    shutil.copytree(before, data, symlinks=True)
    return data


@pytest.fixture(scope="module")
def at_once(web: Web, before: Path) -> tuple[list[tuple[int, str]], dict[str, list[Any]]]:
    """How two refreshes of the second night that begin together end, and what they leave."""
    data = restored(before)
    both = [run(web, data, SECOND), run(web, data, SECOND)]
    return sorted(map(finish, both)), state(data)


@pytest.fixture(scope="module")
def undisturbed(at_once: tuple[list[tuple[int, str]], dict[str, list[Any]]]) -> dict[str, list[Any]]:
    """What a second night that nothing disturbed leaves: the one of the two that ran."""
    return at_once[1]


def test_of_two_refreshes_at_once_one_runs_and_the_other_says_so(at_once: tuple[list[tuple[int, str]], dict[str, list[Any]]]) -> None:
    [(ran, told_by_one), (refused, told_by_other)], _ = at_once
    assert (ran, refused) == (0, 1), told_by_one + told_by_other
    assert "is running: wait for its end" in told_by_other


@pytest.mark.parametrize("place", WHILE_EXTRACTING)
def test_an_extraction_killed_and_run_again_equals_an_undisturbed_one(
    place: str, web: Web, before: Path, undisturbed: dict[str, list[Any]]
) -> None:
    data = restored(before)
    code, told = finish(run(web, data, SECOND, place, "extract"))
    assert code == -signal.SIGKILL, told
    code, told = finish(run(web, data, SECOND, part="extract"))
    assert code == 0, told
    assert list((data / "landing").iterdir()) == []
    for table, rows in contents(data / "warehouse.duckdb", "^raw_").items():
        if not table.startswith(("raw_signals", "raw_scores", "raw_attribution", "raw_ops.publications")):  # of later steps
            assert rows == undisturbed[table], table


def test_a_refresh_killed_twice_after_extraction_and_run_again_equals_an_undisturbed_one(
    web: Web, before: Path, undisturbed: dict[str, list[Any]]
) -> None:
    data = restored(before)
    first_night = contents(data / "published" / "groundswell.duckdb", "marts|ops")
    for place in ("after-models", "mid-publish"):
        code, told = finish(run(web, data, SECOND, place))
        assert code == -signal.SIGKILL, told
        assert contents(data / "published" / "groundswell.duckdb", "marts|ops") == first_night, "readers still have the night before"
    code, told = finish(run(web, data, SECOND))
    assert code == 0, told
    found = state(data)
    assert found.keys() == undisturbed.keys()
    for table, rows in undisturbed.items():
        assert found[table] == rows, table
