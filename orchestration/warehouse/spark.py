"""Apache Spark in place of DuckDB: the session that dbt's target `spark` finds in its process. SCALE.md says what runs on it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from pyspark.sql import SparkSession

from orchestration.warehouse.raw_parts import manifests
from orchestration.warehouse.text_functions import FUNCTIONS

AS_DUCKDB = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",  # an error where a number has no room or a text is no number, as in DuckDB
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.parser.escapedStringLiterals": "true",  # a backslash is itself
    "spark.sql.cteRecursionLevelLimit": "200",  # the models stop by themselves at 100
    "spark.sql.cteRecursionRowLimit": "-1",
    "spark.sql.caseSensitive": "false",
    "spark.sql.constraintPropagation.enabled": "false",  # of expressions as long as an address in one spelling it makes a plan without end
}
"""What brings the meaning of SQL near to DuckDB's."""


def session(folder: Path, master: str = "local[*]", **settings: str) -> SparkSession:
    """The session of this process, whose tables are Parquet in `folder`/tables and are known in `folder`/metastore by the next process too.

    `settings` are Spark's own, as `spark.driver.memory`, with underscores for dots.
    """
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(master).appName("groundswell").enableHiveSupport()
    metastore = f"jdbc:derby:;databaseName={(folder / 'metastore').absolute()};create=true"
    places = {
        "spark.sql.warehouse.dir": str((folder / "tables").absolute()),
        "spark.hadoop.javax.jdo.option.ConnectionURL": metastore,
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={folder.absolute()}",
        "spark.sql.sources.partitionOverwriteMode": "dynamic",  # models that are built at once write into the same table
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    for name, value in {**AS_DUCKDB, **places, **{name.replace("_", "."): value for name, value in settings.items()}}.items():
        builder = builder.config(name, value)
    opened = builder.getOrCreate()
    for name, read in FUNCTIONS.items():
        opened.udf.register(name, _or_null(read), "string")
    return opened


OF_SPARK = {" not null": "", "varchar[]": "array<string>", "varchar": "string", "timestamptz": "timestamp"}
"""What Spark calls the types of `raw_tables`."""


def of_spark(columns: str) -> str:
    """Columns as `raw_tables` writes them, as Spark reads them."""
    for ours, theirs in OF_SPARK.items():
        columns = columns.replace(ours, theirs)
    return columns


def take_raw(spark: SparkSession, folder: Path, tables: Mapping[str, str]) -> None:
    """Makes raw tables known that lie in parts in `folder`, and of their parts those that a manifest counts.

    tables: the columns of each as `raw_tables` writes them.
    """
    loads = manifests(folder)
    for table, columns in tables.items():
        columns = of_spark(columns if "load_id" in columns else f"{columns}, load_id bigint")
        place = folder.absolute() / table.replace(".", "/")
        spark.sql(f"create schema if not exists {table.split('.')[0]}")
        spark.sql(f"create table if not exists {table} ({columns}) using parquet partitioned by (source_name, load_id) location '{place}'")
        parts = [f"partition (source_name = '{load.source_name}', load_id = {load.load_id})" for load in loads if table in load.tables]
        if parts:
            spark.sql(f"alter table {table} add if not exists {' '.join(parts)}")


def _or_null(read: Callable[[str], str]) -> Callable[[str | None], str | None]:
    return lambda text: None if text is None else read(text)
