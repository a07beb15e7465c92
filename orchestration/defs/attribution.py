"""What sales owe to whom, as far as it is learnt from all of them together."""

import logging
from collections.abc import Iterator

import dagster as dg

from orchestration.attribution.nightly import attribute
from orchestration.defs.asset_defaults import ANALYSTS, NIGHTS
from orchestration.defs.resources import Installation

log = logging.getLogger("groundswell")

READS = [
    *(
        ["marts", name]
        for name in (
            "dim_score_versions",
            "fct_adoptions",
            "fct_conversions",
            "fct_influence_credits",
            "fct_mentions",
            "fct_touches",
            "influencer_rankings",
        )
    ),
    ["intermediate", "int_unconverted_exposures"],
]


@dg.multi_asset(
    name="attribution",
    specs=[
        dg.AssetSpec(
            ["raw", "attribution", name],
            deps=READS,
            description=description,
            group_name="results",
            owners=ANALYSTS,
            kinds={"python", "polars", "duckdb"},
        )
        for name, description in (
            ("touch_credits", "One row per touch, with what Markov chains and Shapley values give it."),
            ("influence_credits", "One row per conversion and post that the score credits for the customer's adoption."),
            ("adoption_credits", "One row per adoption of a brand and mention that the score credits."),
            ("impacts", "One row per person and brand that the score ranks."),
        )
    ],
    partitions_def=NIGHTS,
)
def attribution(context: dg.AssetExecutionContext, installation: Installation) -> Iterator[dg.MaterializeResult[None]]:
    """Learns from all journeys together; both tables are written in one transaction."""
    counts = attribute(installation.warehouse)
    log.info("credited", extra={"step": "attribution", "row_count": sum(counts.values()), "finished": "credits"})
    for name, count in counts.items():
        yield dg.MaterializeResult(asset_key=["raw", "attribution", name], metadata={"dagster/row_count": count})
