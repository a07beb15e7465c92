"""`make spark-test`: builds the dbt project on DuckDB and on Apache Spark from the same raw tables, and compares every table.

Exit code 1 where a table differs or is missing that `not_yet.txt` does not name, or one is equal that it does.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from dbt.cli.main import dbtRunner
from pyspark.sql import SparkSession

from orchestration.settings import DBT_PROJECT, room_models
from orchestration.warehouse.spark import session

NOT_YET = Path(__file__).with_name("not_yet.txt")
MADE = "('staging', 'intermediate', 'marts', 'ops')"
CLOSE = 1e-9
"""How far two fractions may lie apart, as a share of the larger one."""

SMALL = {
    "spark_sql_shuffle_partitions": "1",
    "spark_sql_adaptive_enabled": "false",
    "spark_sql_codegen_wholeStage": "false",
    "spark_sql_codegen_factoryMode": "NO_CODEGEN",
    "spark_driver_memory": "3g",
    "spark_log_level": "OFF",
}
"""To plan and to compile takes most of the time where a table has few rows: a third of it this way."""


def main() -> int:
    """Builds both, tells of each model, and whether all is as expected."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("warehouse", type=Path, help="a warehouse.duckdb to take the raw tables from; it is only read")
    parser.add_argument("--folder", type=Path, default=Path("data/spark"), help="where both are built, from nothing")
    parser.add_argument("--master", default="local[*]")
    options = parser.parse_args()
    folder = options.folder.absolute()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ |= {"GROUNDSWELL_MODELS": room_models(), "GROUNDSWELL_WAREHOUSE": str(folder / "warehouse.duckdb")}
    shutil.copyfile(options.warehouse, folder / "warehouse.duckdb")
    begun = time.monotonic()
    command = [str(Path(sys.executable).with_name("dbt")), "--quiet", "run", "--full-refresh", *_places(folder / "dbt-duckdb")]
    subprocess.run(command, check=True)
    on_duckdb = time.monotonic() - begun
    spark = session(folder, options.master, **SMALL)
    with duckdb.connect(folder / "warehouse.duckdb", read_only=True) as warehouse:
        models = dict(
            warehouse.execute(f"select table_name, table_schema from information_schema.tables where table_schema in {MADE}").fetchall()
        )
        awaited = _awaited()
        left_out = sorted(name for name, state in awaited.items() if state == "handed-over")
        _hand_over(warehouse, spark, folder / "raw", [(models[name], name) for name in left_out])
        begun = time.monotonic()
        told = _built(folder / "dbt-spark", left_out)
        on_spark = time.monotonic() - begun
        found = {
            name: told[name] or _difference(warehouse, spark, f"{schema}.{name}") for name, schema in sorted(models.items()) if name in told
        }
    for name, what in found.items():
        print(f"{name:45} {'not yet, ' if name in awaited else ''}{what or 'equal'}")
    equal = sum(not what for what in found.values())
    print(f"{len(found)} models, {equal} equal; DuckDB {on_duckdb:.0f} s, Spark {on_spark:.0f} s")
    wrong = {name for name, what in found.items() if bool(what) != (name in awaited)} | (awaited - found.keys())
    if wrong:
        print(f"otherwise than {NOT_YET.name} says: {', '.join(sorted(wrong))}")
    return int(bool(wrong))


def _awaited() -> dict[str, str]:
    """The models that are not equal yet, with what is done with each."""
    lines = (line.split() for line in NOT_YET.read_text(encoding="utf-8").splitlines())
    return {words[0]: words[1] for words in lines if words and not words[0].startswith("#")}


def _places(target: Path) -> list[str]:
    return ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT), "--target-path", str(target), "--log-path", str(target)]


def _hand_over(warehouse: duckdb.DuckDBPyConnection, spark: SparkSession, folder: Path, made: list[tuple[str, str]]) -> None:
    """What dbt does not make, to Spark: raw tables, those of signals, score and attribution; and those `made` of DuckDB's."""
    sources = warehouse.execute(
        "select schema_name, table_name from duckdb_tables() where schema_name like 'raw\\_%' escape '\\' or (schema_name = 'marts' and"
        " table_name in ('dim_score_versions', 'fct_influence_credits', 'influencer_rankings', 'ranking_components', 'ranking_evidence',"
        " 'ranking_factors', 'score_backtests', 'score_controls'))"
    ).fetchall()
    for schema in ("staging", "intermediate", "marts", "ops"):
        spark.sql(f"create schema if not exists {schema}")
    for schema, table in [*sources, *made]:
        file = folder / schema / f"{table}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        warehouse.execute(f'copy "{schema}"."{table}" to \'{file}\' (format parquet)')
        spark.sql(f"create schema if not exists {schema}")
        spark.sql(f"create table {schema}.{table} using parquet location '{file}'")


def _built(target: Path, left_out: list[str]) -> dict[str, str]:
    """Why a model was not built on Spark, empty where it was."""
    os.environ["GROUNDSWELL_ENGINE"] = "spark"
    leaving = ["--exclude", *left_out] if left_out else []
    done = dbtRunner().invoke(["build", "--resource-type", "model", "--resource-type", "seed", *leaving, *_places(target)])
    if done.exception:
        raise done.exception
    told = dict.fromkeys(left_out, "not built: DuckDB's is handed over")
    results: Any = done.result
    for one in results:
        if one.node.resource_type in {"model", "seed"}:
            why = " ".join((one.message or "").split()).removeprefix("Runtime Error ")
            told[one.node.name] = "" if one.status == "success" else f"not built: {one.status} {why[:200]}"
    return told


def _difference(warehouse: duckdb.DuckDBPyConnection, spark: SparkSession, table: str) -> str:
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
        apart = (one[name] - other[name]).abs() > CLOSE * pl.select(
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
