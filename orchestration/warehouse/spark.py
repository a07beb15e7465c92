"""Apache Spark in place of DuckDB: the session that dbt's target `spark` finds in its process. SCALE.md says what runs on it."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import unquote

import polars as pl
import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

from orchestration.warehouse.catalog import Catalog
from orchestration.warehouse.parquet_tables import ParquetTables
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
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",  # as INT96 DuckDB would take it for one without a time zone
    "spark.sql.constraintPropagation.enabled": "false",  # of expressions as long as an address in one spelling it makes a plan without end
}
"""What brings the meaning of SQL near to DuckDB's."""


def session(folder: Path, master: str = "local[*]", **settings: str) -> SparkSession:
    """The session of this process, whose tables are Parquet in `folder`/tables and are known in `folder`/metastore by the next process too.

    `settings` are Spark's own, as `spark.driver.memory`, with underscores for dots. What a process that was killed has left is removed.
    """
    is_new = SparkSession.getActiveSession() is None
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
    if is_new:
        _remove_unfinished(opened, folder / "tables")
    for name, read in FUNCTIONS.items():
        opened.udf.register(name, _or_null(read), "string")
    return opened


def _remove_unfinished(spark: SparkSession, tables: Path) -> None:
    """Removes what is not of a table that is known, and what was written into one and not told.

    Spark makes no table where files are, and what a killed job's tasks have written goes into the table with the next job's. Whoever opens
    a session is alone: Derby lets one process in.
    """
    schemas = {row[0] for row in spark.sql("show schemas").collect()}
    for schema in tables.glob("*.db"):
        known = {row.tableName for row in spark.sql(f"show tables in {schema.stem}").collect()} if schema.stem in schemas else set()
        for folder in filter(Path.is_dir, schema.iterdir()):
            unfinished = [folder] if folder.name not in known else [*folder.glob("_temporary"), *folder.glob(".spark-staging*")]
            for left in unfinished:
                shutil.rmtree(left)


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


def published_tables(spark: SparkSession, catalog: Catalog, beside: Path) -> ParquetTables:
    """What Spark has built of the tables that readers see, for `publish_file`; as on DuckDB without those that are views.

    A keyed model is a view, too, of the build that counts. beside: where DuckDB may put scratch files.
    """
    found = {}
    for name, entry in catalog.items():
        whole = f"{entry.schema}.{name}"
        if spark.catalog.tableExists(whole):
            of_view = spark.sql(f"describe table extended {whole}").where("col_name = 'View Text'").collect()
            if not of_view or re.search(rf"\b{name}__\d+", of_view[0].data_type):
                found[entry.schema, name] = sorted(unquote(file).removeprefix("file://") for file in spark.table(whole).inputFiles())
    return ParquetTables(found, beside)


def arrow_schema(columns: str) -> pa.Schema:
    """The types in which Spark awaits these columns of a function; only the driver can tell."""
    return to_arrow_schema(StructType.fromDDL(columns), timezone="UTC")


def as_arrow(frame: pl.DataFrame, schema: pa.Schema) -> pa.Table:
    """A frame as Spark awaits it."""
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest()).select(schema.names).cast(schema)


def as_frame(table: pa.Table) -> pl.DataFrame:
    """What Spark hands over."""
    return pl.DataFrame(pl.from_arrow(table))


def _or_null(read: Callable[[str], str]) -> Callable[[str | None], str | None]:
    return lambda text: None if text is None else read(text)
