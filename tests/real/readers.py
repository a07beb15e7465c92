"""Readers of published nights through SQLAlchemy: threads that ask a dashboard's question without a pause until they are told to stop.

Each asks twice in one transaction: both answers have to be of one night, the same.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from tests.conftest import ROOT

DUCKDB_URL = "duckdb:///{path}?access_mode=read_only&enable_external_access=false&lock_configuration=true"
DASHBOARD = sa.text(
    """
    select least(min(facts.night), min(runs.night)) as first_night, greatest(max(facts.night), max(runs.night)) as last_night,
        count(*) as row_count
    from marts.facts as facts full join ops.runs as runs on facts.row = runs.row
    group by coalesce(facts.row, runs.row) % 10 order by row_count desc
    """
)
THREADS = 8
"""In each of two processes."""


@dataclass
class Told:
    """What readers met: seconds of each read, the nights they saw, what went wrong."""

    seconds: list[float] = field(default_factory=list)
    nights: set[int] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)


def read(engine: sa.Engine, stop: Path, told: Told) -> None:
    """Reads until the file `stop` is there."""
    while not stop.exists():
        begin = time.monotonic()
        try:
            with engine.connect() as connection:
                rows = {(row.first_night, row.last_night, row.row_count) for _ in range(2) for row in connection.execute(DASHBOARD)}
            [night] = {night for first, last, _ in rows for night in (first, last)}
            [_] = {count for *_, count in rows}
            told.nights.add(night)
        except Exception as error:
            told.errors.append(" ".join(str(error).split())[:300])
        told.seconds.append((time.monotonic() - begin) / 2)


def main(url: str, stop: Path) -> None:
    """Says "reading" once all threads have read, and in the end what they met, as JSON."""
    if url.startswith("duckdb"):
        engine = sa.create_engine(url, poolclass=sa.NullPool)
    else:
        engine = sa.create_engine(url, pool_size=THREADS, isolation_level="REPEATABLE READ")
    told = Told()
    threads = [threading.Thread(target=read, args=(engine, stop, told)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    while len(told.seconds) < THREADS:
        time.sleep(0.01)
    print("reading", flush=True)
    for thread in threads:
        thread.join()
    print(json.dumps({"seconds": told.seconds, "nights": sorted(told.nights), "errors": told.errors}))


class Readers:
    """Sixteen of them, in two processes, between `with` and its end; `told` afterwards."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.stop, self.told = url, folder / "stop", Told()

    def __enter__(self) -> Readers:
        command = [sys.executable, "-W", "ignore", "-m", "tests.real.readers", self.url, str(self.stop)]
        self.processes = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        for process in self.processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "reading\n"
        return self

    def __exit__(self, *error: object) -> None:
        self.stop.touch()
        for process in self.processes:
            told = json.loads(process.communicate(timeout=60)[0])
            self.told.seconds += told["seconds"]
            self.told.nights |= set(told["nights"])
            self.told.errors += told["errors"]
        self.stop.unlink()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
