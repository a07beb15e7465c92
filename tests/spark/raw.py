"""The raw tables of a warehouse as two nights: what was there before the last one, and that one."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
from pyspark.sql import SparkSession

from connectors import platforms
from orchestration.warehouse.raw_parts import Manifest, manifests, write_part
from orchestration.warehouse.raw_tables import OPS_TABLES, RAW_COLUMNS
from orchestration.warehouse.spark import take_raw

OF_LAST_NIGHT = {
    "raw_ops.tombstones": "source_run_id in (select source_run_id from every.raw_ops.source_runs where load_id > {last_load})",
    "raw_signals.mentions": "post_id in (select post_id from every.raw_signals.posts where {of_posts})",
    "raw_signals.posts": "{of_posts}",
    "raw_signals.answers": "post_id in (select post_id from every.raw_signals.posts where {of_posts})",
} | dict.fromkeys(
    [f"marts.{name}" for name in ("influencer_rankings", "ranking_components", "ranking_evidence", "ranking_factors")],
    "as_of_date = (select max(as_of_date) from every.marts.influencer_rankings)",
)
"""Of the tables without the number of a load: which rows the last night brought. All others are the same in both."""
OF_POSTS = "read_at = (select max(read_at) from every.raw_signals.posts)"


@dataclass(frozen=True, slots=True)
class Raw:
    """The raw tables of `source`, which is only read, in a copy of it, whose models are made anew."""

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
            warehouse.execute(
                "update marts.dim_score_versions set last_as_of_date = (select max(as_of_date) from marts.influencer_rankings)"
                " where is_current"
            )


def _of_last_night(warehouse: duckdb.DuckDBPyConnection, last_load: int) -> dict[str, str]:
    numbered = warehouse.execute(
        "select distinct schema_name || '.' || table_name from duckdb_columns()"
        " where database_name = 'every' and schema_name like 'raw\\_%' escape '\\' and column_name = 'load_id' and"
        " (schema_name, table_name) in (select (schema_name, table_name) from duckdb_tables())"
    ).fetchall()
    found = {table: f"load_id > {last_load}" for (table,) in numbered}
    return {name: condition.format(last_load=last_load, of_posts=OF_POSTS) for name, condition in OF_LAST_NIGHT.items()} | found


def hand_over(warehouse: duckdb.DuckDBPyConnection, spark: SparkSession, folder: Path, night: str, made: list[tuple[str, str]]) -> None:
    """To Spark what dbt does not make: raw tables in parts; whole those of signals, score, attribution, and those `made` of DuckDB's."""
    parted = _in_parts(warehouse, folder)
    take_raw(spark, folder, parted)
    sources = warehouse.execute(
        "select schema_name, table_name from duckdb_tables() where schema_name like 'raw\\_%' escape '\\' or (schema_name = 'marts' and"
        " table_name in ('dim_score_versions', 'fct_influence_credits', 'influencer_rankings', 'ranking_components', 'ranking_evidence',"
        " 'ranking_factors', 'score_backtests', 'score_controls'))"
    ).fetchall()
    for schema, table in [*(one for one in sources if ".".join(one) not in parted), *made]:
        place = folder / schema / table
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        warehouse.execute(f'copy "{schema}"."{table}" to \'{place / night}.parquet\' (format parquet)')
        spark.sql(f"create schema if not exists {schema}")
        spark.sql(f"create table if not exists {schema}.{table} using parquet location '{place}'")
        spark.catalog.refreshTable(f"{schema}.{table}")


def _in_parts(warehouse: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, str]:
    """Writes what loads brought that have no manifest yet. Returns the columns of the tables that are in parts."""
    of_ops = {f"raw_ops.{name}": OPS_TABLES[name] for name in ("source_runs", "tombstones", "quarantine")}
    of_platforms = {
        platform.platform: [f"raw_{platform.platform}.{entity}" for entity in platform.entities] for platform in platforms().values()
    }
    known = max((told.load_id for told in manifests(folder)), default=0)
    loads = warehouse.execute(
        "select load_id, source_run_id, source_name, platform from raw_ops.source_runs where load_id > ? order by load_id", [known]
    )
    for load_id, source_run_id, source_name, platform in loads.fetchall():
        tables = [*of_platforms[platform], *of_ops]
        brought = [table for table in tables if write_part(warehouse, folder, table, source_run_id, source_name, load_id)]
        Manifest(load_id, source_run_id, source_name, None, brought).write(folder)
    return of_ops | {table: RAW_COLUMNS for tables in of_platforms.values() for table in tables}
