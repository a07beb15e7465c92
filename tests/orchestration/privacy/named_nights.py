"""A night of people whose ids, handles and names stand for nothing else, so that they can be looked for; what of it is asked."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from tests import processes
from tests.bench import night_worlds
from tests.homes import once

POSTS = 600
THEIRS, HANDLE = "files:account_number_3", "listener_called_3"
NAMES = ("account_number_", "listener_called_", "Vera a")
"""What ids, handles and names begin with."""


def groundswell(home: Path, now: str, *command: str, **told: str) -> subprocess.CompletedProcess[str]:
    """A command in a home at a moment; `told` is the rest of its environment, without GROUNDSWELL_."""
    environment = os.environ | {"GROUNDSWELL_NOW": now, "COLUMNS": "300"} | {f"GROUNDSWELL_{name}": value for name, value in told.items()}
    del environment["GROUNDSWELL_HOME"]
    return processes.groundswell("-C", str(home), *command, environment=environment)


def asked(home: Path, query: str) -> list[Any]:
    """Rows of the warehouse."""
    with duckdb.connect(str(home / "data" / "warehouse.duckdb"), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        return connection.execute(query).fetchall()


def add_night(home: Path, number: int) -> None:
    """What is posted on the day of the `number`-th night after the first."""
    night_worlds.add_night(home, number, POSTS, 60, "heavy")
    _name_well(home / "posts" / f"posts-{number}.ndjson")


@pytest.fixture(scope="session")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after the night of 2026-09-28, of which everybody takes a copy."""

    def make(folder: Path) -> None:
        night_worlds.make_home(folder, POSTS, "heavy")
        for file in (folder / "posts").iterdir():
            _name_well(file)
        done = groundswell(folder, "2026-09-29T02:30:00Z", "refresh", "--date", "2026-09-28")
        assert done.returncode == 0, done.stdout + done.stderr

    return once(tmp_path_factory, "first_night", make)


def _name_well(file: Path) -> None:
    rows = pl.read_ndjson(file)
    ids = [name for name in ("author_id", "follower_id", "followed_id") if name in rows.columns]
    if file.stem == "authors":
        ids = ["id"]
        rows = rows.with_columns(pl.col("handle").str.replace("handle", NAMES[1]), name=pl.lit("Vera ") + pl.col("id"))
    rows.with_columns(pl.col(name).str.replace("^a", NAMES[0]) for name in ids).write_ndjson(file)
