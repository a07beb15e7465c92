"""A machine that fails under a night: whatever fails, one line says what, nothing is lost, and the next night goes on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.homes import make_sandbox_home
from tests.processes import start

pytestmark = pytest.mark.slow

FIRST, SECOND = "2026-09-11T02:00:00Z", "2026-09-12T02:00:00Z"
LANDED = '{"channel": "blogs", "author_id": "a1", "text": "landed"}'
DISK_FULL, ENDED = "is full: free some space", "ended by SIGTERM: nothing is lost"
RANKED_BEFORE = "the rankings are those of 2026-09-10"
FAULTS = {
    "disk-full-at-start": (1, DISK_FULL),
    "disk-full-in-event-log": (1, DISK_FULL),
    "disk-full-in-landing": (1, DISK_FULL),
    "disk-full-in-dbt": (1, DISK_FULL),
    "disk-full-in-publishing": (1, DISK_FULL),
    "disk-full-after-publishing": (3, DISK_FULL),
    "memory-error-in-dbt": (1, "memory was short"),
    "memory-error": (1, "memory was short"),
    "duckdb-out-of-memory": (1, "memory was short"),
    "memory-error-in-frames": (3, f"{RANKED_BEFORE}: build_scores: memory was short"),
    "memory-error-in-score": (3, f"{RANKED_BEFORE}: score: memory was short"),
    "terminated-at-start": (143, ENDED),
    "terminated-in-extraction": (143, ENDED),
    "terminated-in-dbt": (143, ENDED),
    "defect": (1, "a defect of groundswell: IndexError"),
}


def groundswell(home: Path, now: str, place: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GROUNDSWELL_HOME": str(home), "GROUNDSWELL_DATA": str(home / "data"), "GROUNDSWELL_NOW": now}
    return start("tests.orchestration.nightly.faulty", place, *arguments, environment=environment).finish()


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose data lie on a file system of 300 MB, after its first night."""
    home = make_sandbox_home(tmp_path_factory.mktemp("home"), "sources:\n  - {name: world, platform: files, path: exports}\n")
    (home / "exports").mkdir()
    (home / "exports" / "authors.csv").write_text("id,channel\na1,blogs\na2,blogs\n", encoding="utf-8")
    (home / "exports" / "posts.csv").write_text(
        "id,channel,author_id,published_at,text\np1,blogs,a1,2026-09-10T08:00:00Z,The Morrowbean Press is nice\n", encoding="utf-8"
    )
    data = home / "data"
    data.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300m", "tmpfs", str(data)], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a disk that can be full needs the right to mount one: {mounted.stderr.strip()}")
    try:
        told = groundswell(home, FIRST, "nowhere", "refresh", "--json")
        assert told.returncode == 0, told.stderr
        shutil.copytree(data, home / "saved", symlinks=True)
        yield home
    finally:
        subprocess.run(["umount", "--lazy", str(data)], check=True)


@pytest.fixture
def home(small_disk: Path) -> Path:
    """As it was after the first night."""
    data = small_disk / "data"
    for path in data.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(small_disk / "saved", data, symlinks=True, dirs_exist_ok=True)
    return small_disk


def posts(home: Path) -> list[tuple[str]]:
    with duckdb.connect(home / "data" / "published" / "groundswell.duckdb", read_only=True) as connection:
        return connection.execute("select post_id from marts.fct_posts order by 1").fetchall()


def errors(told: subprocess.CompletedProcess[str]) -> list[str]:
    """The lines that a person is shown on the error channel, with the fault that was provoked."""
    print(told.stderr)
    assert "Traceback" not in told.stderr + told.stdout
    return told.stderr.splitlines()


@pytest.mark.parametrize("place", FAULTS)
def test_one_line_says_what_failed(place: str, home: Path) -> None:
    code, says = FAULTS[place]
    told = groundswell(home, SECOND, place, "refresh")
    [line] = errors(told)
    assert told.returncode == code
    assert says in line
    assert line.startswith("the file is published, but:" if code == 3 else "error: ")
    assert posts(home) == [("files:p1",)]
    with duckdb.connect(home / "data" / "warehouse.duckdb", read_only=True) as connection:
        assert connection.execute("select count(*) from raw_files.posts").fetchall() == [(1,)]


def test_the_night_after_a_fault_goes_on_whatever_lies_in_landing(home: Path) -> None:
    """Ended in the middle; a stray file, half a run.json, half a segment beside a good run, and no manifest: published all the same."""
    assert groundswell(home, SECOND, "terminated-in-dbt", "refresh").returncode == 143
    landing = home / "data" / "landing"
    (landing / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    (landing / "notes").mkdir()
    (landing / "notes" / "todo.txt").write_text("mine", encoding="utf-8")
    run = {
        "source_name": "world", "platform": "files", "channel": "blogs", "night": "2026-09-10", "observed_date": "2026-09-10",
        "window_start": "2026-09-09T00:00:00+00:00", "window_end": "2026-09-10T00:00:00+00:00", "observed_at": "2026-09-10T02:00:00+00:00",
    }  # fmt: skip
    for number, manifest in {8: "", 9: '{"source_run_id": "2026', 10: ""}.items():
        folder = landing / f"20260910-world-{number}"
        folder.mkdir()
        (folder / "run.json").write_text(manifest or json.dumps(run | {"source_run_id": folder.name}), encoding="utf-8")
        segment = pl.DataFrame(
            {"position": [1], "kind": ["record"], "entity": ["posts"], "native_id": [f"landed{number}"], "payload": [LANDED],
             "published_at": [None], "lookup_key": [None], "reason": [None], "request_url": ["x"]},
            schema_overrides={"published_at": pl.Datetime("us", "UTC"), "lookup_key": pl.String, "reason": pl.String},
        )  # fmt: skip
        segment.write_parquet(folder / "00001.parquet")
    cut = landing / "20260910-world-10" / "00001.parquet"
    cut.write_bytes(cut.read_bytes()[:-40])
    (home / "data" / "dbt" / "manifest.json").write_text("{}", encoding="utf-8")
    told = groundswell(home, SECOND, "nowhere", "refresh", "--json")
    assert told.returncode == 0, told.stderr
    assert posts(home) == [("files:landed8",), ("files:p1",)]
    [world] = json.loads(told.stdout.splitlines()[-1])
    notes = sorted(note.partition(" was set aside")[0] for note in world["notes"])
    assert notes == [".DS_Store", "20260910-world-10", "20260910-world-9", "notes"]
    assert sorted(path.name for path in (landing / "broken").iterdir()) == notes
    assert (landing / "broken" / "notes" / "todo.txt").read_text(encoding="utf-8") == "mine"
    with duckdb.connect(home / "data" / "warehouse.duckdb", read_only=True) as connection:
        landed = connection.execute("select native_id from raw_files.posts where native_id like 'landed%'").fetchall()
    assert landed == [("landed8",)]


def test_a_folder_that_cannot_be_written_is_named_and_can_still_be_read(home: Path) -> None:
    data = str(home / "data")
    subprocess.run(["mount", "-o", "remount,ro", data], check=True)
    try:
        told = groundswell(home, SECOND, "nowhere", "refresh")
        [line] = errors(told)
        assert (told.returncode, "cannot be written" in line, data in line) == (1, True, True)
        for arguments in (["sql", "select 1 as one", "--json"], ["sources", "--json"]):
            read = groundswell(home, SECOND, "nowhere", *arguments)
            assert read.returncode == 0, read.stderr
    finally:
        subprocess.run(["mount", "-o", "remount,rw", data], check=True)
