"""What posts say, read by both engines: of all posts of a warehouse at once, and compared."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
from pyspark.sql import SparkSession

from orchestration.signals import nightly, on_spark
from orchestration.warehouse.raw_tables import SIGNALS_TABLES
from orchestration.warehouse.warehouse import Warehouse

NOW = "2026-10-02 02:00:00"
DECLARED = {"sandbox_mastodon": "de", "sandbox_reddit": "en"}


def read_both(path: Path, spark: SparkSession) -> int:
    """Empties the tables of signals in the warehouse and on Spark, and has both read all posts; returns how many.

    Raises:
        AssertionError: Spark would read some of them a second time.
    """
    with duckdb.connect(path) as warehouse:
        for table in SIGNALS_TABLES:
            warehouse.execute(f"delete from raw_signals.{table}")
            spark.sql(f"drop table if exists raw_signals.{table}")
    reading = nightly.read_posts(Warehouse(path), datetime.fromisoformat(f"{NOW}+00:00"), DECLARED)
    assert on_spark.read_posts(spark, NOW, DECLARED) == reading.posts
    assert on_spark.read_posts(spark, NOW, DECLARED) == 0
    return reading.posts
