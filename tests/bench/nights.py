"""`make bench-nights`: what nights cost a home that holds much: the first, one of a hundredth more, one with nothing new.

Every night is `groundswell refresh` in a process of its own, on homes of one source whose authors have a heavy tail or a log-normal one.
Seconds mean little on a shared machine; the ratios of one run do: to bare DuckDB that makes facts alone of the same files, to pandas that
does so, and to dlt (in an environment that uv makes for it) that only loads the posts. BENCH_POSTS chooses the sizes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.night_worlds import END, PRODUCTS, TAILS, add_night, make_home

SIZES = [int(size) for size in os.environ.get("BENCH_POSTS", "20000,300000,1200000").split(",")]
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process and its children took: seconds of processor and of the clock, megabytes of memory and written."""

    processor: float
    wall: float
    peak: float
    written: float


def measured(*command: str, **environment: str) -> Cost:
    """Runs a command to its end. Raises CalledProcessError where it fails."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(command, stdout=told, stderr=told, env=os.environ | environment)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            told.seek(0)
            raise subprocess.CalledProcessError(process.returncode, command, told.read()[-2000:])
    return Cost(used.ru_utime + used.ru_stime, time.monotonic() - began, used.ru_maxrss / 1024, used.ru_oublock * 512 / 1e6)


def night(home: Path, number: int) -> Cost:
    """The `number`-th night after the first."""
    day = END + timedelta(days=number)
    groundswell = str(Path(sys.executable).with_name("groundswell"))
    now = f"{day + timedelta(days=1)}T02:30:00Z"
    return measured(groundswell, "-C", str(home), "refresh", "--date", str(day), GROUNDSWELL_NOW=now)


def peers(home: Path) -> dict[str, Cost]:
    """What others need for facts of the first night's files, or, dlt, to load its posts."""
    posts = str(home / "posts" / "posts-0.ndjson")
    facts = [sys.executable, "-m", "tests.bench.night_facts"]
    uv = [str(Path(sys.executable).with_name("uv")), "run", "--no-project", "--isolated", "--quiet", "--with", "dlt[duckdb]", "python"]
    measured(*uv, "-c", "import dlt")  # its environment is made before it is measured
    return {
        "DuckDB, facts": measured(*facts, "duckdb", posts, *PRODUCTS),
        "pandas, facts": measured(*facts, "pandas", posts, *PRODUCTS),
        "dlt, load": measured(*uv, str(HERE / "night_dlt.py"), posts, str(home / "dlt")),
    }


def main() -> None:
    """One row per tail, size and night, and one per peer."""
    console = Console(width=150)
    table = Table("authors", "posts", "what", "processor s", "wall s", "peak MB", "written MB", "/ DuckDB", "/ first night", title="Nights")
    for tail in TAILS:
        for posts in SIZES:
            with tempfile.TemporaryDirectory() as folder:
                home = make_home(Path(folder) / "home", posts, tail)
                costs = peers(home)
                for number, name in enumerate(("first night", "1 % more", "nothing new")):
                    console.print(f"{tail}, {posts:,} posts: {name}", style="dim")
                    if name == "1 % more":
                        add_night(home, number, posts, max(posts // 100, 1), tail)
                    costs[name] = night(home, number)
            for name, cost in costs.items():
                table.add_row(
                    tail, f"{posts:,}", name, f"{cost.processor:.1f}", f"{cost.wall:.1f}", f"{cost.peak:,.0f}", f"{cost.written:,.0f}",
                    f"{cost.processor / costs['DuckDB, facts'].processor:.1f}", f"{cost.processor / costs['first night'].processor:.2f}",
                )  # fmt: skip
            table.add_section()
    console.print(table)


if __name__ == "__main__":
    main()
