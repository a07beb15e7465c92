"""The raw tables of a warehouse as two nights: what was there before the last one, and that one."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
from pyspark.sql import SparkSession

OF_LAST_NIGHT = {
    "raw_ops.tombstones": "source_run_id in (select source_run_id from every.raw_ops.source_runs where load_id > {last_load})",
    "raw_signals.mentions": "post_id in (select post_id from every.raw_signals.posts where {of_posts})",
    "raw_signals.posts": "{of_posts}",
    "raw_signals.answers": "post_id in (select post_id from every.raw_signals.posts where {of_posts})",
}
"""Of the tables without the number of a load: which rows the last night brought. All others are the same in both."""
OF_POSTS = "read_at = (select max(read_at) from every.raw_signals.posts)"


@dataclass(frozen=True, slots=True)
class Raw:
    """The raw tables of `source`, which is only read, in a copy of it that holds no models' tables yet."""

    source: Path
    copy: Path

    def bring(self, night: str) -> None:
        """Leaves in the copy what was there after the `first` night, or all of it."""
        if night == "first":
            shutil.copyfile(self.source, self.copy)
        with duckdb.connect(self.copy) as warehouse:
            warehouse.execute(f"set TimeZone = 'UTC'; attach '{self.source}' as every (read_only)")
            ((last_load,),) = warehouse.execute(
                "select max(load_id) from every.raw_ops.source_runs where night < (select max(night) from every.raw_ops.source_runs)"
            ).fetchall()
            for table, condition in _of_last_night(warehouse, last_load).items():
                if night == "first":
                    warehouse.execute(f"delete from {table} where {condition}")
                else:
                    warehouse.execute(f"insert into {table} select * from every.{table} where {condition}")


def _of_last_night(warehouse: duckdb.DuckDBPyConnection, last_load: int) -> dict[str, str]:
    numbered = warehouse.execute(
        "select distinct schema_name || '.' || table_name from duckdb_columns()"
        " where database_name = 'every' and schema_name like 'raw\\_%' escape '\\' and column_name = 'load_id' and"
        " (schema_name, table_name) in (select (schema_name, table_name) from duckdb_tables())"
    ).fetchall()
    found = {table: f"load_id > {last_load}" for (table,) in numbered}
    return {name: condition.format(last_load=last_load, of_posts=OF_POSTS) for name, condition in OF_LAST_NIGHT.items()} | found


def hand_over(warehouse: duckdb.DuckDBPyConnection, spark: SparkSession, folder: Path, night: str, made: list[tuple[str, str]]) -> None:
    """What dbt does not make, to Spark: raw tables, those of signals, score and attribution; and those `made` of DuckDB's."""
    sources = warehouse.execute(
        "select schema_name, table_name from duckdb_tables() where schema_name like 'raw\\_%' escape '\\' or (schema_name = 'marts' and"
        " table_name in ('dim_score_versions', 'fct_influence_credits', 'influencer_rankings', 'ranking_components', 'ranking_evidence',"
        " 'ranking_factors', 'score_backtests', 'score_controls'))"
    ).fetchall()
    for schema, table in [*sources, *made]:
        place = folder / schema / table
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        warehouse.execute(f'copy "{schema}"."{table}" to \'{place / night}.parquet\' (format parquet)')
        spark.sql(f"create schema if not exists {schema}")
        spark.sql(f"create table if not exists {schema}.{table} using parquet location '{place}'")
        spark.catalog.refreshTable(f"{schema}.{table}")
