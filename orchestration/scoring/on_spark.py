"""Credit on Apache Spark: adoptions are divided where they lie, by the nights' own functions (orchestration/SCALE.md)."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa
from polars import col
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as spark_functions

from orchestration.scoring.controls import LEVELS, believed, stratified
from orchestration.scoring.credit import Credit, decayed, divide, without_the_alike
from orchestration.scoring.inputs import classed
from orchestration.scoring.parameters import Parameters
from orchestration.warehouse.spark import arrow_schema, as_arrow, as_frame

ADOPTIONS = """
select adoption_id, hazard, count(*) over (partition by object_id) as adopted
from intermediate.int_score_adoptions inner join hazards using (adoption_id)
"""
CANDIDATES = """
select adoption_id, mention_id, edge_class, class_weight, is_explicit, lag_days, authors.person_id, authors.channel_id, rates.rate
from intermediate.int_score_candidates
left semi join hazards using (adoption_id)
inner join intermediate.int_score_mentions as mentions using (mention_id)
inner join intermediate.int_score_authors as authors using (author_id)
inner join rates using (author_id)
"""
CREDIT = "adoption_id string, mention_id string, credit double"
DIVIDED = f"{CREDIT}, weight double, {', '.join(f'{level} string' for level in LEVELS)}"
GIVEN = (
    f"select {', '.join(LEVELS)}, sum(credit) as given, sum(weight) as weight from divided where weight > 0 group by {', '.join(LEVELS)}"
)


def divide_credit(
    spark: SparkSession, rates: pl.DataFrame, hazards: pl.DataFrame, strata: pl.DataFrame, parameters: Parameters, parts: int
) -> DataFrame:
    """One division of the adoptions in `hazards`: CREDIT, a row per candidate, and the organic share with no mention.

    Candidates never leave the machines; what is learnt of them is handed in. rates: author_id, rate. hazards: adoption_id, hazard, the
    organic one. strata: LEVELS, allowed_share. parts: into how many adoptions are dealt; the candidates of one must fit a worker.
    """
    for name, frame in {"rates": rates, "hazards": hazards}.items():
        spark.createDataFrame(frame.to_arrow(compat_level=pl.CompatLevel.oldest())).createOrReplaceTempView(name)
    part = spark_functions.pmod(spark_functions.xxhash64("adoption_id"), spark_functions.lit(parts))
    schema = arrow_schema(DIVIDED)

    def dividing(adoptions: pa.Table, candidates: pa.Table) -> pa.Table:
        return as_arrow(divided(as_frame(adoptions), as_frame(candidates), parameters), schema)

    adoptions, candidates = (spark.sql(chosen).groupBy(part) for chosen in (ADOPTIONS, CANDIDATES))
    shares = adoptions.cogroup(candidates).applyInArrow(dividing, DIVIDED).persist()
    shares.createOrReplaceTempView("divided")
    given = as_frame(spark.sql(GIVEN).toArrow()).join(strata, on=LEVELS)
    persuasion = believed(given["given"].to_numpy(), given["allowed_share"].to_numpy() * given["weight"].to_numpy())
    beliefs = given.select(*LEVELS, persuasion=pl.Series(persuasion, dtype=pl.Float64))
    told = spark.createDataFrame(beliefs.to_arrow(compat_level=pl.CompatLevel.oldest()))
    left = arrow_schema(CREDIT)

    def leaving(rows: pa.Table) -> pa.Table:
        return as_arrow(persuaded(as_frame(rows)), left)

    return shares.join(spark_functions.broadcast(told), on=list(LEVELS), how="left").groupBy(part).applyInArrow(leaving, CREDIT)


def divided(adoptions: pl.DataFrame, candidates: pl.DataFrame, parameters: Parameters) -> pl.DataFrame:
    """Adoptions with all of their candidates, as by ADOPTIONS and CANDIDATES: DIVIDED, the organic shares with a weight of 0."""
    numbered = adoptions.sort("adoption_id").with_row_index("adoption")
    rows = classed(candidates).sort("adoption_id", "mention_id").join(numbered, on="adoption_id", how="left", maintain_order="left")
    kernel = decayed(rows["class_weight"].to_numpy(), rows["is_explicit"].to_numpy(), rows["lag_days"].to_numpy(), parameters)
    credit = divide(rows["adoption"].cast(pl.Int64).to_numpy(), rows["rate"].to_numpy() * kernel, numbered["hazard"].to_numpy())
    caused = stratified(rows.with_columns(edge_class="evidence_class", person="person_id")).with_columns(credit=pl.Series(credit.credit))
    organic = numbered.select("adoption_id", credit=pl.Series(credit.organic), weight=pl.lit(0.0))
    return pl.concat([caused, organic], how="diagonal").select(col(column.split()[0]) for column in DIVIDED.split(", "))


def persuaded(rows: pl.DataFrame) -> pl.DataFrame:
    """DIVIDED with the `persuasion` of each stratum, NULL where it has none: CREDIT, less what being alike brings."""
    organic = rows.filter(col("mention_id").is_null()).sort("adoption_id").with_row_index("adoption")
    caused = rows.filter(col("mention_id").is_not_null()).sort("adoption_id", "mention_id")
    caused = caused.join(organic.select("adoption_id", "adoption"), on="adoption_id", how="left", maintain_order="left")
    share = organic["credit"].to_numpy()
    credit = without_the_alike(
        Credit(caused["credit"].to_numpy(), np.zeros(caused.height), share, share),
        caused["persuasion"].fill_null(1.0).to_numpy(),
        caused["adoption"].cast(pl.Int64).to_numpy(),
    )
    return pl.concat(
        [
            caused.select("adoption_id", "mention_id", credit=pl.Series(credit.credit)),
            organic.select("adoption_id", "mention_id", credit=pl.Series(credit.anyway)),
        ]
    )
