"""What sales owe to whom, as far as it is learnt from all of them together."""

import logging

import dagster as dg

from orchestration.attribution_night import attribute
from orchestration.defs.resources import Installation
from orchestration.partitions import NIGHTS

log = logging.getLogger("groundswell")

READS = [
    *(["marts", name] for name in ("fct_adoptions", "fct_conversions", "fct_influence_credits", "fct_mentions", "fct_touches")),
    ["intermediate", "int_unconverted_exposures"],
]


@dg.asset(
    key=["raw", "attribution", "credits"],
    deps=READS,
    partitions_def=NIGHTS,
    group_name="results",
    kinds={"python", "polars", "duckdb"},
)
def attribution(context: dg.AssetExecutionContext, installation: Installation) -> dg.MaterializeResult[None]:
    """One row per conversion, model (markov, shapley, influence) and touch or post that it credits."""
    counts = attribute(installation.warehouse)
    log.info("credited", extra={"step": "attribution", "row_count": sum(counts.values()), "finished": "credits"})
    return dg.MaterializeResult(metadata=dict(counts))
