"""Nights whose published file, Parquet, report and rankings name nobody, and a person forgotten among them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.homes import copied
from tests.orchestration.privacy import named_nights
from tests.orchestration.privacy.named_nights import NAMES, THEIRS, add_night, first_night

__all__ = ["first_night"]


def groundswell(home: Path, now: str, *command: str) -> subprocess.CompletedProcess[str]:
    return named_nights.groundswell(home, now, *command, PSEUDONYMS="true")


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
def test_nobody_is_named_whoever_has_the_home_can_tell_and_whoever_is_forgotten_goes(first_night: Path, tmp_path: Path) -> None:
    home = copied(first_night, tmp_path / "home")
    names = [name.encode() for name in NAMES]
    assert all(name in shown(home) for name in names)
    assert not (home / ".pseudonym_key").exists()

    for number, (night, morning) in enumerate((("2026-09-29", "2026-09-30T02:30:00Z"), ("2026-09-30", "2026-10-01T02:30:00Z")), 1):
        add_night(home, number)
        done = groundswell(home, morning, "refresh", "--date", night)
        assert done.returncode == 0, done.stdout + done.stderr
        assert [name for name in (*names, b"files:p1") if name in shown(home)] == []
        if number == 1:
            before = dict(rows(home, "select person_id, display_name from dim_persons"))
    assert before.items() <= dict(rows(home, "select person_id, display_name from dim_persons")).items()  # the same every night

    ranked = groundswell(home, "2026-10-01T09:00:00Z", "rank")
    assert ranked.returncode == 0, ranked.stderr
    assert not any(name in ranked.stdout for name in NAMES)
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
