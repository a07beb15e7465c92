"""Apache Spark in place of DuckDB: the session that dbt's target `spark` finds in its process. SCALE.md says what runs on it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from pyspark.sql import SparkSession

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
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    for name, value in {**AS_DUCKDB, **places, **{name.replace("_", "."): value for name, value in settings.items()}}.items():
        builder = builder.config(name, value)
    opened = builder.getOrCreate()
    for name, read in FUNCTIONS.items():
        opened.udf.register(name, _or_null(read), "string")
    return opened


def _or_null(read: Callable[[str], str]) -> Callable[[str | None], str | None]:
    return lambda text: None if text is None else read(text)
