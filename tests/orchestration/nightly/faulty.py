"""The `groundswell` command on a machine that fails at a named place: its arguments are PLACE and the command's."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from orchestration.cli import app
from orchestration.cli import refresh as refresh_module
from orchestration.publishing import parquet
from orchestration.scoring.nightly import night
from orchestration.warehouse import building, connections, dbt_runs, event_log, landing, publication


def fill_disk() -> None:
    """Leaves no byte free where the data lie, which has to be a small file system of their own."""
    with Path(os.environ["GROUNDSWELL_DATA"], "filler").open("wb", buffering=0) as filler:
        for size in (2**20, 2**12):
            try:
                while True:
                    filler.write(b"\1" * size)
            except OSError:
                continue


def before(owner: Any, name: str, act: Callable[..., object], call: int = 1) -> None:
    """Acts when `owner.name` is called for the `call`-th time, before it does its part."""
    wrapped, calls = getattr(owner, name), 0

    def replaced(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call:
            act(*args)
        return wrapped(*args, **kwargs)

    setattr(owner, name, replaced)


def in_step(step: str, act: Callable[..., object], owner: Any = building, name: str = "build_models") -> None:
    """Acts before dbt builds a step's models, in whichever thread calls `owner.name`."""
    wrapped = getattr(owner, name)

    def replaced(*args: Any) -> Any:
        if args[-1] == step:
            act()
        return wrapped(*args)

    setattr(owner, name, replaced)


def terminate(*_: object) -> None:
    """As `kill`, a timer's end and a machine that shuts down do."""
    os.kill(os.getpid(), signal.SIGTERM)


def no_memory(*_: object) -> None:
    """Asks for more than there is."""
    bytearray(2**62)


def little_memory(connection: Any) -> Any:
    """Stands in for `bounded`: a DuckDB that has next to nothing."""
    return connection.execute("set memory_limit = '1MB'")


PLACES: dict[str, Callable[[], None]] = {
    "nowhere": lambda: None,
    "disk-full-at-start": fill_disk,
    "disk-full-in-event-log": lambda: before(event_log.EventLog, "store_event", lambda *_: fill_disk(), call=5),
    "disk-full-in-landing": lambda: before(landing.Landing, "flush", lambda *_: fill_disk()),
    "disk-full-in-dbt": lambda: in_step("build_marts", fill_disk),
    "disk-full-in-publishing": lambda: before(publication, "read_record", lambda *_: fill_disk()),
    "disk-full-after-publishing": lambda: before(parquet, "point", lambda *_: fill_disk()),
    "memory-error-in-dbt": lambda: in_step("build_marts", no_memory),
    "memory-error": lambda: before(refresh_module, "refresh", no_memory),
    "duckdb-out-of-memory": lambda: setattr(connections, "bounded", little_memory),
    "memory-error-in-frames": lambda: in_step("build_scores", no_memory, dbt_runs, "_invoked"),
    "memory-error-in-score": lambda: before(night, "read_facts", no_memory),
    "terminated-at-start": lambda: before(refresh_module, "nightly_job", terminate),
    "terminated-in-extraction": lambda: before(landing.Landing, "flush", terminate),
    "terminated-in-dbt": lambda: in_step("build_marts", terminate, dbt_runs, "_invoked"),
    "defect": lambda: before(refresh_module, "refresh", lambda *_: [][1]),
}


def main() -> None:
    PLACES[sys.argv.pop(1)]()
    app.main()
