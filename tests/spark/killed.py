"""A first night on Spark that is killed, driver and all, while it writes a table: what it leaves is in nobody's way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb

from orchestration.warehouse.spark import session
from tests.spark.building import SMALL, built
from tests.spark.raw import hand_over

KILLED_AFTER = 20
"""How many models and seeds are there before."""


def kill_a_build(folder: Path, master: str) -> None:
    """Has another process begin the night in `folder`, until it has written half a table.

    Raises:
        AssertionError: It was not killed so.
    """
    process = subprocess.Popen([sys.executable, "-m", "tests.spark.killed", str(folder), master], start_new_session=True)
    assert process.wait() == -signal.SIGKILL
    left = [path.parent.name for path in half_written(folder)]
    assert left
    print(f"killed a build while it wrote {', '.join(left)}", flush=True)


def half_written(folder: Path) -> list[Path]:
    """Where Spark keeps what it writes of tables until they are whole."""
    return list((folder / "tables").glob("*/*/_temporary"))


def _kill_when_writing(folder: Path) -> None:
    while not half_written(folder):
        time.sleep(0.01)
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Begins, and never returns."""
    folder, master = Path(sys.argv[1]), sys.argv[2]
    spark = session(folder, master, **SMALL)
    with duckdb.connect(folder / "warehouse.duckdb", read_only=True) as warehouse:
        hand_over(warehouse, spark, folder / "raw", "first", [])
    built(folder / "dbt-spark", [], KILLED_AFTER, lambda: threading.Thread(target=_kill_when_writing, args=[folder]).start())


if __name__ == "__main__":
    main()
