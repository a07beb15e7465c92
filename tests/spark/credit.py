"""What is credited of adoptions and orders, divided by both engines: of a warehouse's newest night, and compared."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from polars import col
from pyspark.sql import SparkSession

from orchestration.attribution import on_spark as orders
from orchestration.attribution.journeys import TOUCHES
from orchestration.attribution.journeys import encode as journeys_of
from orchestration.attribution.nightly import ALL_TOUCHES
from orchestration.attribution.shapley import shapley_credits
from orchestration.scoring import on_spark as adoptions
from orchestration.scoring.nightly.night import SCOPE_KINDS, read_facts
from orchestration.scoring.parameters import Parameters
from orchestration.scoring.rates import learn_rates
from orchestration.warehouse.spark import as_frame
from orchestration.warehouse.warehouse import Warehouse

PARTS = 7
"""More than the machine has cores: a part of the keys has to come out as all of them do."""
Both = tuple[pl.DataFrame, pl.DataFrame]


def credited_by_both(path: Path, spark: SparkSession) -> dict[str, Both]:
    """DuckDB's and Spark's credits, by what is divided."""
    parameters = Parameters()
    with Warehouse(path).connect() as connection:
        facts = {kind: read_facts(connection, kind, parameters) for kind in SCOPE_KINDS}
        touches = connection.execute(ALL_TOUCHES).pl()
    found = {}
    for kind, of_kind in facts.items():
        evidence, controls = of_kind.evidence, of_kind.controls
        rates = learn_rates(evidence, parameters, controls)
        candidates = pl.DataFrame(
            {
                "adoption_id": evidence.adoption_ids.gather(evidence.candidate_adoption),
                "mention_id": evidence.mention_ids.gather(evidence.candidate_mention),
                "credit": rates.credit.credit,
            }
        )
        organic = pl.DataFrame({"adoption_id": evidence.adoption_ids, "credit": rates.credit.anyway})
        there = adoptions.divide_credit(
            spark,
            pl.DataFrame({"author_id": evidence.authors.ids, "rate": rates.divided_rate}),
            pl.DataFrame({"adoption_id": evidence.adoption_ids, "hazard": rates.divided_hazard}),
            controls.strata.with_columns(allowed_share=pl.Series(controls.allowed_share)),
            parameters,
            PARTS,
        )
        found[f"credit of {kind}s"] = pl.concat([candidates, organic], how="diagonal"), as_frame(there.toArrow())
    journeys, rows = journeys_of(touches.select(*TOUCHES).cast(dict(TOUCHES)))  # type: ignore[arg-type]
    here = touches.select("touch_id")[rows].with_columns(shapley=pl.Series(shapley_credits(journeys), dtype=pl.Float64))
    found["credit of orders"] = here.filter(col("touch_id").is_not_null()), as_frame(orders.divide_orders(spark, PARTS).toArrow())
    return found
