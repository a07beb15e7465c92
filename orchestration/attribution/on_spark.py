"""Shapley values on Apache Spark: journeys are divided where they lie, by the nights' own function (orchestration/SCALE.md)."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as spark_functions

from orchestration.attribution.journeys import TOUCHES, encode
from orchestration.attribution.nightly import ALL_TOUCHES
from orchestration.attribution.shapley import shapley_credits
from orchestration.warehouse.spark import arrow_schema, as_arrow, as_frame

CREDIT = "touch_id string, shapley double"
WITH_SHARES = """
with in_journeys as (
    select brand_id, player_id, journey_id, bool_or(is_converted) as is_converted from touches group by brand_id, player_id, journey_id
),
shares as (
    select brand_id, player_id, avg(case when is_converted then 1.0d else 0.0d end) as share from in_journeys group by brand_id, player_id
)
select touches.*, shares.share from touches inner join shares using (brand_id, player_id) where is_converted
"""


def divide_orders(spark: SparkSession, parts: int) -> DataFrame:
    """CREDIT, a row for each touch of a journey that converted. parts: into how many journeys are dealt; one must fit a worker."""
    spark.sql(ALL_TOUCHES).createOrReplaceTempView("touches")
    part = spark_functions.pmod(spark_functions.xxhash64("journey_id"), spark_functions.lit(parts))
    schema = arrow_schema(CREDIT)

    def dividing(touches: pa.Table) -> pa.Table:
        return as_arrow(divided_orders(as_frame(touches)), schema)

    return spark.sql(WITH_SHARES).groupBy(part).applyInArrow(dividing, CREDIT)


def divided_orders(touches: pl.DataFrame) -> pl.DataFrame:
    """Whole journeys, each touch with the `share` of its player's that converted: touch_id, shapley."""
    journeys, rows = encode(touches.select(*TOUCHES).cast(dict(TOUCHES)))  # type: ignore[arg-type]
    shares = np.zeros(journeys.player_count)
    shares[journeys.player] = touches["share"][rows].to_numpy()
    return touches.select("touch_id")[rows].with_columns(shapley=pl.Series(shapley_credits(journeys, shares), dtype=pl.Float64))
