"""Nights whose published file, Parquet, report and rankings name nobody, and a person forgotten among them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from orchestration.settings import ROOT
from tests.bench.night_worlds import add_night, make_home

POSTS = 600
THEIRS = "files:account_number_3"


def groundswell(home: Path, now: str, *command: str, pseudonyms: bool = True) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GROUNDSWELL_NOW": now, "GROUNDSWELL_PSEUDONYMS": str(pseudonyms).lower(), "COLUMNS": "300"}
    environment.pop("GROUNDSWELL_HOME", None)
    program = str(Path(sys.executable).with_name("groundswell"))
    return subprocess.run([program, "-C", str(home), *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def name_well(home: Path) -> None:
    """Gives accounts ids and handles that stand for nothing else, so that they can be looked for."""
    for file in (home / "posts").iterdir():
        rows = pl.read_ndjson(file)
        ids = [name for name in ("author_id", "follower_id", "followed_id") if name in rows.columns]
        if file.stem == "authors":
            ids = ["id"]
            rows = rows.with_columns(pl.col("handle").str.replace("handle", "listener_called_"), name=pl.lit("Vera ") + pl.col("id"))
        rows.with_columns(pl.col(name).str.replace("^a", "account_number_") for name in ids).write_ndjson(file)


def shown(home: Path) -> bytes:
    """All that a reader gets: tables of the published file and of the newest Parquet night, and the pages of the report."""
    data = home / "data"
    night = (data / "reports" / "latest.html").resolve().stem
    parts = [page.read_bytes() for page in (data / "reports").glob(f"{night}*.html")]
    assert len(parts) > 1
    with duckdb.connect(str(data / "published" / "groundswell.duckdb"), read_only=True) as connection:
        for schema, table in connection.execute("select schema_name, table_name from duckdb_tables()").fetchall():
            parts.append(str(connection.execute(f'from "{schema}"."{table}"').fetchall()).encode())
        for file in (data / "published" / "parquet" / "latest").rglob("*.parquet"):
            parts.append(str(connection.execute("from read_parquet(?)", [str(file)]).fetchall()).encode())
    parts.append((data / "published" / "groundswell.duckdb").read_bytes())
    return b"\n".join(parts)


def rows(home: Path, query: str) -> list[Any]:
    with duckdb.connect(str(home / "data" / "published" / "groundswell.duckdb"), read_only=True) as connection:
        connection.execute("set search_path = 'marts'")
        return connection.execute(query).fetchall()


@pytest.mark.slow
def test_nobody_is_named_whoever_has_the_home_can_tell_and_whoever_is_forgotten_goes(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", POSTS, "heavy")
    name_well(home)
    done = groundswell(home, "2026-09-29T02:30:00Z", "refresh", "--date", "2026-09-28", pseudonyms=False)
    assert done.returncode == 0, done.stdout + done.stderr
    names = (b"account_number_", b"listener_called_", b"Vera a")
    assert all(name in shown(home) for name in names)
    assert not (home / ".pseudonym_key").exists()

    for number, (night, morning) in enumerate((("2026-09-29", "2026-09-30T02:30:00Z"), ("2026-09-30", "2026-10-01T02:30:00Z")), 1):
        add_night(home, number, POSTS, 60, "heavy")
        name_well(home)
        done = groundswell(home, morning, "refresh", "--date", night)
        assert done.returncode == 0, done.stdout + done.stderr
        assert [name for name in (*names, b"files:p1") if name in shown(home)] == []
        if number == 1:
            before = dict(rows(home, "select person_id, display_name from dim_persons"))
    assert before.items() <= dict(rows(home, "select person_id, display_name from dim_persons")).items()  # the same every night

    ranked = groundswell(home, "2026-10-01T09:00:00Z", "rank")
    assert ranked.returncode == 0, ranked.stderr
    assert not any(name.decode() in ranked.stdout for name in names)
    assert any(name[:12] in ranked.stdout for name in before.values() if name)
    with duckdb.connect(str(home / "data" / "warehouse.duckdb"), read_only=True) as connection:
        posts = connection.execute("select count(*) from marts.fct_posts where author_id = ?", [THEIRS]).fetchall()[0][0]
    counts = rows(home, f"select author_id from fct_posts group by all having count(*) = {posts}")
    found = set()
    for (word,) in counts:
        told = groundswell(home, "2026-10-01T09:00:00Z", "people", "--reveal", str(word), "--json")
        assert told.returncode == 0, told.stderr
        found |= {(one["author_id"], str(word)) for one in json.loads(told.stdout)}
    (theirs,) = [word for author, word in found if author == THEIRS]
    assert groundswell(home, "2026-10-01T09:00:00Z", "people", "--reveal", "0" * 20).returncode == 1
    misled = groundswell(home, "2026-10-01T09:00:00Z", "forget", theirs, "--yes")
    assert (misled.returncode, f"groundswell people --reveal {theirs}" in misled.stderr) == (1, True)

    forgotten = groundswell(home, "2026-10-01T09:00:00Z", "forget", THEIRS, "--yes")
    assert forgotten.returncode in (0, 3), forgotten.stdout + forgotten.stderr
    assert theirs.encode() not in shown(home)
    assert rows(home, f"select count(*) from dim_persons where person_id = '{theirs}'") == [(0,)]
