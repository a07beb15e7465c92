"""`make spark-test`: builds the dbt project on DuckDB and on Apache Spark from the same raw tables, two nights, and compares every table.

The second night has what the last one in the warehouse brought, and both build it upon the first. Exit code 1 where a table differs or is
missing that `not_yet.txt` does not name, or one is equal that it does.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from dbt.cli.main import dbtRunner
from pyspark.sql import SparkSession

from orchestration.settings import DBT_PROJECT, room_models
from orchestration.warehouse.raw_tables import SIGNALS_TABLES
from orchestration.warehouse.spark import session
from tests.spark.cluster import Cluster
from tests.spark.raw import Raw, hand_over
from tests.spark.signals import read_both

NOT_YET = Path(__file__).with_name("not_yet.txt")
MADE = "('staging', 'intermediate', 'marts', 'ops')"
CONTRACTED = ("marts.", "ops.")
"""The schemas of models with a contract, which DuckDB's build holds: Spark's types have to be DuckDB's, too."""
KILLED_AFTER = 150
"""How many models and seeds of a build are there when a worker is killed."""
CLOSE = 1e-9
"""How far two fractions may lie apart, as a share of the larger one."""
THOUSANDTH = 1.001e-3
"""The same of signals: probabilities of three digits, whose sums depend in the last bit on what else is in a batch."""

SMALL = {
    "spark_sql_shuffle_partitions": "1",
    "spark_sql_adaptive_enabled": "false",
    "spark_sql_codegen_wholeStage": "false",
    "spark_sql_codegen_factoryMode": "NO_CODEGEN",
    "spark_driver_memory": "3g",
    "spark_log_level": "OFF",
    "spark_driver_extraJavaOptions": "-XX:TieredStopAtLevel=1 -Dderby.system.durability=test -Dderby.stream.error.file=/dev/null",
}
"""To plan and to compile takes most of the time where a table has few rows: a third of it this way. Nothing here has to outlast a crash."""


def main() -> int:
    """Builds both, tells of each model, and whether all is as expected."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("warehouse", type=Path, help="a warehouse.duckdb to take the raw tables from; it is only read")
    parser.add_argument("--folder", type=Path, default=Path("data/spark"), help="where both are built, from nothing")
    parser.add_argument("--master", default="local[*]", help="where Spark runs, as local[*] or spark://host:7077")
    parser.add_argument(
        "--workers", type=int, default=0, help="start a cluster of so many here, of which one is killed in the second night"
    )
    options = parser.parse_args()
    folder = options.folder.absolute()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ |= {"GROUNDSWELL_MODELS": room_models(), "GROUNDSWELL_WAREHOUSE": str(folder / "warehouse.duckdb")}
    raw = Raw(options.warehouse, folder / "warehouse.duckdb")
    with Cluster(folder / "cluster", options.workers) if options.workers else nullcontext() as cluster:
        spark = session(folder, cluster.master if cluster else options.master, **SMALL)
        wrong = _night("first", raw, spark, folder) | _night("second", raw, spark, folder, cluster) | _signals(spark, folder)
    if wrong:
        print(f"otherwise than {NOT_YET.name} says: {', '.join(sorted(wrong))}")
    return int(bool(wrong))


def _night(night: str, raw: Raw, spark: SparkSession, folder: Path, cluster: Cluster | None = None) -> set[str]:
    """Builds a night on both engines. Returns the models that came out otherwise than awaited."""
    raw.bring(night)
    begun = time.monotonic()
    command = [str(Path(sys.executable).with_name("dbt")), "--quiet", "run", *_places(folder / "dbt-duckdb")]
    subprocess.run([*command, "--full-refresh"] if night == "first" else command, check=True)
    on_duckdb = time.monotonic() - begun
    with duckdb.connect(folder / "warehouse.duckdb", read_only=True) as warehouse:
        models = dict(
            warehouse.execute(f"select table_name, table_schema from information_schema.tables where table_schema in {MADE}").fetchall()
        )
        awaited = _awaited()
        left_out = sorted(name for name, state in awaited.items() if state == "handed-over")
        hand_over(warehouse, spark, folder / "raw", night, [(models[name], name) for name in left_out])
        begun = time.monotonic()
        told, tests = _built(folder / "dbt-spark", left_out, cluster)
        on_spark = time.monotonic() - begun
        found = {
            name: told[name] or _difference(warehouse, spark, f"{schema}.{name}") for name, schema in sorted(models.items()) if name in told
        }
    for name, what in found.items():
        print(f"{name:45} {'not yet, ' if name in awaited else ''}{what or 'equal'}")
    equal = sum(not what for what in found.values())
    print(f"{night} night: {len(found)} models, {equal} equal; {tests}; DuckDB {on_duckdb:.0f} s, Spark {on_spark:.0f} s", flush=True)
    return {name for name, what in found.items() if bool(what) != (name in awaited)} | (awaited - found.keys())


def _signals(spark: SparkSession, folder: Path) -> set[str]:
    """Has both read what all posts say. Returns the tables of signals that are not equal."""
    begun = time.monotonic()
    posts = read_both(folder / "warehouse.duckdb", spark)
    with duckdb.connect(folder / "warehouse.duckdb", read_only=True) as warehouse:
        found = {table: _difference(warehouse, spark, f"raw_signals.{table}", THOUSANDTH) for table in SIGNALS_TABLES}
    told = ", ".join(f"{name} {what or 'equal'}" for name, what in found.items())
    print(f"signals of {posts} posts: {told}; {time.monotonic() - begun:.0f} s on both", flush=True)
    return {f"raw_signals.{name}" for name, what in found.items() if what}


def _awaited() -> dict[str, str]:
    """The models that are not equal yet, with what is done with each."""
    lines = (line.split() for line in NOT_YET.read_text(encoding="utf-8").splitlines())
    return {words[0]: words[1] for words in lines if words and not words[0].startswith("#")}


def _places(target: Path) -> list[str]:
    return ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT), "--target-path", str(target), "--log-path", str(target)]


def _built(target: Path, left_out: list[str], cluster: Cluster | None) -> tuple[dict[str, str], str]:
    """Why a model was not built on Spark, empty where it was; and how many data tests came out how. Midway a worker is killed."""
    os.environ["GROUNDSWELL_ENGINE"] = "spark"
    finished = 0

    def count(event: Any) -> None:
        nonlocal finished
        if event.info.name == "NodeFinished":
            finished += 1
            if cluster and finished == KILLED_AFTER:
                cluster.kill_a_worker()

    leaving = ["--exclude", *left_out] if left_out else []
    done = dbtRunner(callbacks=[count]).invoke(["build", "--exclude-resource-type", "unit_test", *leaving, *_places(target)])
    os.environ["GROUNDSWELL_ENGINE"] = "duckdb"
    if done.exception:
        raise done.exception
    told = dict.fromkeys(left_out, "not built: DuckDB's is handed over")
    tests: Counter[str] = Counter()
    results: Any = done.result
    for one in results:
        why = " ".join((one.message or "").split()).removeprefix("Runtime Error ")
        if one.node.resource_type in {"model", "seed"}:
            told[one.node.name] = "" if one.status == "success" else f"not built: {one.status} {why[:200]}"
        elif one.node.resource_type == "test":
            tests[str(one.status)] += 1
            if one.status != "pass":
                print(f"{one.node.name}: {one.status} {why[:200]}")
    return told, ", ".join(f"{count} data tests {status}" for status, count in tests.most_common())


def _difference(warehouse: duckdb.DuckDBPyConnection, spark: SparkSession, table: str, close: float = CLOSE) -> str:
    """In what a table of Spark's is otherwise than DuckDB's; empty where they are equal."""
    theirs = spark.table(table).toArrow()
    with duckdb.connect() as reader:
        reader.execute("set TimeZone = 'UTC'")
        types = reader.from_arrow(theirs)
        kinds = dict(zip(types.columns, map(str, types.types), strict=True))
        ours = warehouse.sql(f"select * from {table}")
        if sorted(ours.columns) != sorted(kinds):
            return f"columns: {', '.join(sorted(set(ours.columns) ^ set(kinds)))}"
        mine = dict(zip(ours.columns, map(str, ours.types), strict=True))
        if table.startswith(CONTRACTED) and (
            wrong_types := [f"{name} {kinds[name]} for {mine[name]}" for name in mine if mine[name] != kinds[name]]
        ):
            return f"types: {', '.join(wrong_types)}"
        number = {name for name in mine if any(kind in f"{mine[name]} {kinds[name]}" for kind in ("DOUBLE", "FLOAT", "DECIMAL"))}
        chosen = [_spelled(name, mine[name], name in number) for name in sorted(mine)]
        one = warehouse.execute(f"set TimeZone = 'UTC'; select {', '.join(chosen)} from {table}").pl()
        other = types.project(", ".join(chosen)).pl()
    if len(one) != len(other):
        return f"rows: {len(other)} instead of {len(one)}"
    exact, fractions = sorted(set(mine) - number), sorted(number)
    rounded = [pl.col(name).round_sig_figs(6).alias(f"{name} ") for name in fractions]
    one, other = (
        frame.with_columns(rounded).sort([*exact, *(f"{name} " for name in fractions), *fractions], nulls_last=True)
        for frame in (one, other)
    )
    wrong = {name: (one[name].ne_missing(other[name])).sum() for name in exact}
    for name in fractions:
        apart = (one[name] - other[name]).abs() > close * pl.select(
            pl.max_horizontal(one[name].abs(), other[name].abs(), pl.lit(1.0))
        ).to_series()
        wrong[name] = (apart.fill_null(False) | (one[name].is_null() != other[name].is_null())).sum()
    return ", ".join(f"{name}: {count} of {len(one)} rows" for name, count in wrong.items() if count)


def _spelled(name: str, kind: str, is_number: bool) -> str:
    """A column as a text that both engines write alike, or as a double; lists in order, for some have none."""
    if is_number:
        return f'cast("{name}" as double) as "{name}"'
    if kind.endswith("[]"):
        return f'cast(list_sort("{name}") as varchar) as "{name}"'
    return f'cast("{name}" as varchar) as "{name}"'


if __name__ == "__main__":
    sys.exit(main())
