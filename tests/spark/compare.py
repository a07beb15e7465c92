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
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import duckdb
import polars as pl
from pyspark.sql import SparkSession

from orchestration.settings import room_models
from orchestration.warehouse.catalog import read_catalog
from orchestration.warehouse.publication import Tables, publish_file
from orchestration.warehouse.raw_tables import SIGNALS_TABLES
from orchestration.warehouse.spark import published_tables, session
from orchestration.warehouse.warehouse import Warehouse
from tests.spark.building import SMALL, built, places
from tests.spark.cluster import Cluster
from tests.spark.credit import credited_by_both
from tests.spark.killed import half_written, kill_a_build
from tests.spark.raw import Raw, hand_over
from tests.spark.signals import read_both

NOT_YET = Path(__file__).with_name("not_yet.txt")
MADE = "('staging', 'intermediate', 'marts', 'ops')"
CONTRACTED = ("marts", "ops")
"""The schemas of models with a contract, which DuckDB's build holds: Spark's types have to be DuckDB's, too."""
KILLED_AFTER = 150
"""How many models and seeds of a build are there when a worker is killed."""
CLOSE = 1e-9
"""How far two fractions may lie apart, as a share of the larger one."""
THOUSANDTH = 1.001e-3
"""The same of signals: probabilities of three digits, whose sums depend in the last bit on what else is in a batch."""


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
        master = cluster.master if cluster else options.master
        seconds = _on_duckdb("first", raw, folder)
        kill_a_build(folder, master)
        spark = session(folder, master, **SMALL)
        assert not half_written(folder)
        wrong = _night("first", spark, folder, seconds)
        seconds = _on_duckdb("second", raw, folder)
        wrong |= _night("second", spark, folder, seconds, cluster)
        wrong |= _credits(spark, folder) | _published(spark, folder) | _signals(spark, folder)
    if wrong:
        print(f"otherwise than {NOT_YET.name} says: {', '.join(sorted(wrong))}")
    return int(bool(wrong))


def _on_duckdb(night: str, raw: Raw, folder: Path) -> float:
    """Brings a night's raw tables and builds it on DuckDB. Returns the seconds of the latter."""
    raw.bring(night)
    begun = time.monotonic()
    command = [str(Path(sys.executable).with_name("dbt")), "--quiet", "run", *places(folder / "dbt-duckdb")]
    subprocess.run([*command, "--full-refresh"] if night == "first" else command, check=True)
    return time.monotonic() - begun


def _night(night: str, spark: SparkSession, folder: Path, on_duckdb: float, cluster: Cluster | None = None) -> set[str]:
    """Builds a night on Spark. Returns the models that came out otherwise than awaited."""
    with _reading(folder / "warehouse.duckdb") as warehouse:
        models = dict(
            warehouse.execute(f"select table_name, table_schema from information_schema.tables where table_schema in {MADE}").fetchall()
        )
        awaited = _awaited()
        left_out = sorted(name for name, state in awaited.items() if state == "handed-over")
        hand_over(warehouse, spark, folder / "raw", night, [(models[name], name) for name in left_out])
        begun = time.monotonic()
        told, tests = built(folder / "dbt-spark", left_out, KILLED_AFTER, cluster.kill_a_worker if cluster else lambda: None)
        on_spark = time.monotonic() - begun
        found = {
            name: told[name] or _unlike(warehouse, spark, f"{schema}.{name}", typed=schema in CONTRACTED)
            for name, schema in sorted(models.items())
            if name in told
        }
    for name, what in found.items():
        print(f"{name:45} {'not yet, ' if name in awaited else ''}{what or 'equal'}")
    equal = sum(not what for what in found.values())
    print(f"{night} night: {len(found)} models, {equal} equal; {tests}; DuckDB {on_duckdb:.0f} s, Spark {on_spark:.0f} s", flush=True)
    return {name for name, what in found.items() if bool(what) != (name in awaited)} | (awaited.keys() - found.keys())


def _credits(spark: SparkSession, folder: Path) -> set[str]:
    """Has both divide adoptions and orders. Returns what is not credited alike."""
    begun = time.monotonic()
    with duckdb.connect() as reader:
        both = credited_by_both(folder / "warehouse.duckdb", spark)
        found = {
            name: _difference(reader.from_arrow(one.to_arrow()), reader.from_arrow(other.to_arrow())) for name, (one, other) in both.items()
        }
    told = ", ".join(f"{name} {what or f'equal in {len(both[name][0])} rows'}" for name, what in found.items())
    print(f"{told}; {time.monotonic() - begun:.0f} s on both", flush=True)
    return {name for name, what in found.items() if what}


def _published(spark: SparkSession, folder: Path) -> set[str]:
    """Publishes what both have built. Returns the tables that readers would find otherwise."""
    catalog = read_catalog(folder / "dbt-duckdb" / "manifest.json")
    files = [folder / "published" / f"of-{engine}.duckdb" for engine in ("duckdb", "spark")]
    both: tuple[Tables, Tables] = Warehouse(folder / "warehouse.duckdb"), published_tables(spark, catalog, folder / "publishing")
    seconds = []
    for file, tables in zip(files, both, strict=True):
        begun = time.monotonic()
        publish_file(tables, file, catalog)
        seconds.append(time.monotonic() - begun)
    with _reading(files[0]) as one, _reading(files[1]) as other:
        shapes = [
            dict(reader.execute("select schema_name || '.' || table_name, comment from duckdb_tables()").fetchall())
            for reader in (one, other)
        ]
        found = {
            table: _difference(one.sql(f"from {table}"), other.sql(f"from {table}"), typed=True) for table in shapes[0].keys() & shapes[1]
        }
    wrong = {table: what for table, what in found.items() if what}
    wrong |= {table: "not in both, or described otherwise" for table, _ in shapes[0].items() ^ shapes[1].items()}
    for table, what in sorted(wrong.items()):
        print(f"published {table:35} {what}")
    equal = f"{len(shapes[0]) - len(wrong)} of DuckDB's {len(shapes[0])} tables equal"
    print(f"published from Spark: {equal}; DuckDB {seconds[0]:.0f} s, Spark {seconds[1]:.0f} s", flush=True)
    return {f"published {table}" for table in wrong}


def _signals(spark: SparkSession, folder: Path) -> set[str]:
    """Has both read what all posts say. Returns the tables of signals that are not equal."""
    begun = time.monotonic()
    posts = read_both(folder / "warehouse.duckdb", spark)
    with _reading(folder / "warehouse.duckdb") as warehouse:
        found = {table: _unlike(warehouse, spark, f"raw_signals.{table}", THOUSANDTH) for table in SIGNALS_TABLES}
    told = ", ".join(f"{name} {what or 'equal'}" for name, what in found.items())
    print(f"signals of {posts} posts: {told}; {time.monotonic() - begun:.0f} s on both", flush=True)
    return {f"raw_signals.{name}" for name, what in found.items() if what}


def _awaited() -> dict[str, str]:
    """The models that are not equal yet, with what is done with each."""
    lines = (line.split() for line in NOT_YET.read_text(encoding="utf-8").splitlines())
    return {words[0]: words[1] for words in lines if words and not words[0].startswith("#")}


@contextmanager
def _reading(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(file, read_only=True) as reader:
        reader.execute("set TimeZone = 'UTC'")
        yield reader


def _unlike(warehouse: duckdb.DuckDBPyConnection, spark: SparkSession, table: str, close: float = CLOSE, *, typed: bool = False) -> str:
    """In what a table of Spark's is otherwise than DuckDB's; empty where they are equal."""
    with duckdb.connect() as reader:
        reader.execute("set TimeZone = 'UTC'")
        return _difference(warehouse.sql(f"from {table}"), reader.from_arrow(spark.table(table).toArrow()), close, typed=typed)


def _difference(ours: duckdb.DuckDBPyRelation, theirs: duckdb.DuckDBPyRelation, close: float = CLOSE, *, typed: bool = False) -> str:
    """In what rows of Spark's are otherwise than DuckDB's, in any order; `typed`: or types."""
    mine, kinds = (dict(zip(rows.columns, map(str, rows.types), strict=True)) for rows in (ours, theirs))
    if sorted(mine) != sorted(kinds):
        return f"columns: {', '.join(sorted(set(mine) ^ set(kinds)))}"
    if typed and (wrong_types := [f"{name} {kinds[name]} for {mine[name]}" for name in mine if mine[name] != kinds[name]]):
        return f"types: {', '.join(wrong_types)}"
    number = {name for name in mine if any(kind in f"{mine[name]} {kinds[name]}" for kind in ("DOUBLE", "FLOAT", "DECIMAL"))}
    chosen = ", ".join(_spelled(name, mine[name], name in number) for name in sorted(mine))
    one, other = ours.project(chosen).pl(), theirs.project(chosen).pl()
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
