"""A night, somebody is forgotten, and the next night, with the source still telling of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.settings import ROOT
from tests.bench.night_worlds import add_night, make_home

POSTS = 600
THEIRS = "files:a3"


def groundswell(home: Path, now: str, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GROUNDSWELL_NOW": now}
    environment.pop("GROUNDSWELL_HOME", None)
    program = str(Path(sys.executable).with_name("groundswell"))
    return subprocess.run([program, "-C", str(home), *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def asked(home: Path, query: str) -> list[Any]:
    with duckdb.connect(str(home / "data" / "warehouse.duckdb"), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        return connection.execute(query).fetchall()


OTHERS_POSTS = f"""
    select post_id, author_id, text, published_at from marts.fct_posts
    where author_id <> '{THEIRS}' and published_at < '2026-09-29' order by all
"""
PAST = f"""
    select columns(c -> c not in ('person_id', 'unusual_signals')),
        if(person_id = '{THEIRS}' or starts_with(person_id, 'forgotten:'), '', person_id)
    from marts.influencer_rankings where as_of_date = '2026-09-28' order by all
"""


@pytest.mark.slow
def test_the_next_night_brings_nothing_back_and_everybody_else_is_as_before(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", POSTS, "heavy")
    done = groundswell(home, "2026-09-29T02:30:00Z", "refresh", "--date", "2026-09-28")
    assert done.returncode == 0, done.stderr
    posts, past = asked(home, OTHERS_POSTS), asked(home, PAST)
    assert asked(home, f"select count(*) from marts.fct_posts where author_id = '{THEIRS}'") > [(0,)]

    forgotten = groundswell(home, "2026-09-29T09:00:00Z", "forget", THEIRS, "--yes")
    assert forgotten.returncode == 3, forgotten.stdout + forgotten.stderr  # the source's own files lie in the home
    (kept,) = (home / "receipts").iterdir()
    receipt = json.loads(kept.read_text(encoding="utf-8"))
    assert {place["place"].split("/")[0] for place in receipt["places"] if place["after"]} == {"posts"}
    assert asked(home, OTHERS_POSTS) == posts
    assert asked(home, PAST) == past

    add_night(home, 1, POSTS, 60, "heavy")
    for file in (home / "posts").iterdir():
        file.write_bytes(file.read_bytes() + b"\n")  # read again as a whole
    done = groundswell(home, "2026-09-30T02:30:00Z", "refresh", "--date", "2026-09-29")
    assert done.returncode == 0, done.stdout + done.stderr
    assert asked(home, OTHERS_POSTS) == posts
    assert asked(home, PAST) == past
    for table in ("raw_files.authors", "raw_files.posts", "raw_files.follows", "raw_files.interactions"):
        assert asked(home, f"select payload from {table} where regexp_matches(payload, '\"(a3|handle3)\"')") == []
    assert asked(home, f"select author_id from marts.dim_authors where author_id = '{THEIRS}'") == []
    assert asked(home, "select count(*) from marts.dim_persons where starts_with(person_id, 'forgotten')") == [(0,)]
    ((notes,),) = asked(home, "select notes from raw_ops.source_runs where night = '2026-09-29'")
    assert any("are to be forgotten" in told for told in notes)
    again = groundswell(home, "2026-09-30T09:00:00Z", "forget", THEIRS, "--yes")
    assert again.returncode == 0
    assert again.stdout == f"'{THEIRS}' was forgotten on 2026-09-29: nothing is held of them\n"
