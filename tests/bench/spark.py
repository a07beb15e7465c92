"""`make bench-spark`: the score's frames on DuckDB, on Spark in one process and on a cluster of two workers, each from the same facts.

dbt builds them with its start, two models at a time. Seconds are of the clock and of the processor, memory is what all processes of an
engine held together at most. BENCH_MENTIONS: the sizes (1000000), a tenth of it people, twice as many edges, two fifths adoptions.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import duckdb
import polars as pl
from dbt.cli.main import dbtRunner

from orchestration.scoring.nightly.audiences import write_communities
from orchestration.settings import room_models
from orchestration.warehouse.raw_tables import create_raw_tables
from orchestration.warehouse.spark import session
from orchestration.warehouse.warehouse import Warehouse, literal
from tests.bench.score_size import DAYS, SCORE, write_facts
from tests.dbt_project.score_facts import FACTS, MONDAY, put_facts
from tests.spark.building import places
from tests.spark.cluster import Cluster

SIZES = [int(size) for size in os.environ.get("BENCH_MENTIONS", "1000000").split(",")]
FRAMES = ("said", "edges", "adoptions", "hazards", "listeners", "candidates", "mentions", "cells", "controls", "authors")
"""What is counted of both."""
ENGINES = {"DuckDB": 0, "Spark, two threads": 0, "Spark, two workers": 2}
"""How many workers each has beside its own process."""
DRIVER, EXECUTOR, WORKER = "6g", "3g", "4g"
"""What Spark may take as one process, on a worker and beside it, and a worker in all."""
LINE = "{:>12} {:>12}  {:20} {:>9} {:>9} {:>12} {:>9} {:>9}"
PARTITIONS = "8"
"""Into how many a shuffle deals its rows: of Spark's 200 most would be empty here."""
RUN_DBT = "import sys, pathlib; from tests.bench.score_size import SCORE, dbt; dbt(pathlib.Path(sys.argv[1]), 'run', '--select', SCORE)"
EVERY = 0.2
"""Seconds between two looks at the processes."""
TICKS, PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")


@dataclass
class Watch:
    """What this process's children, and theirs, take while it is entered."""

    wall: float = 0.0
    peak: int = 0
    _used: dict[str, float] = field(default_factory=dict)
    _ended: threading.Event = field(default_factory=threading.Event)

    @property
    def processor(self) -> float:
        """Seconds, of all together."""
        return sum(self._used.values())

    def __enter__(self) -> Watch:
        self.wall = time.monotonic()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()
        self.wall = time.monotonic() - self.wall

    def _look(self) -> None:
        while not self._ended.wait(EVERY):
            told: dict[str, list[str]] = {}
            for file in Path("/proc").glob("[0-9]*/stat"):
                try:
                    told[file.parent.name] = file.read_text(encoding="utf-8").rsplit(")", 1)[1].split()
                except OSError:  # it has ended
                    continue
            ours, found = {str(os.getpid())}, set[str]()
            while ours:
                ours = {process for process, words in told.items() if words[1] in ours}
                found |= ours
            self.peak = max(self.peak, sum(int(told[process][21]) * PAGE for process in found))
            self._used |= {process: (int(told[process][11]) + int(told[process][12])) / TICKS for process in found}


def put_world(folder: Path, mentions: int) -> None:
    """Facts of that size, in a warehouse and as Parquet."""
    write_facts(folder, mentions)
    warehouse = Warehouse(folder / "warehouse.duckdb")
    create_raw_tables(warehouse, [])
    put_facts({name: pl.read_parquet(folder / f"{name}.parquet") for name in FACTS}, warehouse.path, DAYS)
    with warehouse.transaction() as connection:
        connection.execute("delete from raw_scores.communities")
    write_communities(warehouse, (MONDAY + timedelta(days=DAYS - 1)).date())
    with warehouse.connect() as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where schema_name in ('marts', 'staging', 'raw_scores')"
        ).fetchall()
        for schema, table in tables:
            place = folder / "facts" / schema / table
            place.mkdir(parents=True)
            connection.execute(f"copy {schema}.{table} to {literal(str(place / 'rows.parquet'))} (format parquet)")


def build_on_spark(folder: Path, facts: Path, master: str, memory: str) -> None:
    """What `dbt` of score_size does on DuckDB, in this process; tells how many rows each frame has."""
    settings = {"spark_driver_memory": memory, "spark_executor_memory": memory, "spark_sql_shuffle_partitions": PARTITIONS}
    spark = session(folder, master, spark_log_level="OFF", **settings)
    for place in facts.glob("*/*"):
        spark.sql(f"create schema if not exists {place.parent.name}")
        spark.sql(f"create table {place.parent.name}.{place.name} using parquet location '{place}'")
    os.environ["GROUNDSWELL_ENGINE"] = "spark"
    done = dbtRunner().invoke(["--quiet", "run", "--select", *SCORE.split(), *places(folder / "target")])
    assert done.success, done.exception
    rows = {name: spark.table(f"intermediate.int_score_{name}").count() for name in FRAMES}
    (folder / "rows.json").write_text(json.dumps(rows), encoding="utf-8")


def measure(folder: Path, engine: str, workers: int) -> tuple[Watch, dict[str, int]]:
    """One engine: what it took, and the rows of each frame."""
    if engine == "DuckDB":
        with Watch() as watch:
            subprocess.run([sys.executable, "-c", RUN_DBT, str(folder)], check=True)
        with duckdb.connect(folder / "warehouse.duckdb", read_only=True) as reader:
            return watch, {
                name: int(reader.execute(f"select count(*) from intermediate.int_score_{name}").fetchall()[0][0]) for name in FRAMES
            }
    place = folder / f"spark-{workers}"
    with Watch() as watch, Cluster(place / "cluster", workers, WORKER) if workers else nullcontext() as cluster:
        command = [sys.executable, "-m", "tests.bench.spark", str(place), str(folder / "facts"), cluster.master if cluster else "local[2]"]
        subprocess.run([*command, EXECUTOR if cluster else DRIVER], check=True)
    return watch, json.loads((place / "rows.json").read_text(encoding="utf-8"))


def main() -> None:
    """One line per size and engine."""
    os.environ["GROUNDSWELL_MODELS"] = room_models()
    print(LINE.format("mentions", "candidates", "engine", "wall s", "/ DuckDB", "processor s", "/ DuckDB", "peak MB"), flush=True)
    for mentions in SIZES:
        with tempfile.TemporaryDirectory() as path:
            put_world(Path(path), mentions)
            first: tuple[Watch, dict[str, int]] | None = None
            for engine, workers in ENGINES.items():
                watch, rows = measure(Path(path), engine, workers)
                first = first or (watch, rows)
                assert rows == first[1], f"{engine} makes other rows: {rows} instead of {first[1]}"
                figures = watch.wall, watch.wall / first[0].wall, watch.processor, watch.processor / first[0].processor
                told = (f"{mentions:,}", f"{rows['candidates']:,}", engine, *(f"{one:,.1f}" for one in figures), f"{watch.peak / 1e6:,.0f}")
                print(LINE.format(*told), flush=True)


if __name__ == "__main__":
    if sys.argv[1:]:
        build_on_spark(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4])
    else:
        main()
