"""What goes at the end of a night."""

import dagster as dg

from orchestration.defs.asset_defaults import ENGINEERS, NIGHTS
from orchestration.defs.resources import Installation
from orchestration.nightly.refresh import PUBLISHED
from orchestration.nightly.retention import prune
from orchestration.privacy.quotes import remove_files_with_words
from orchestration.privacy.withholding import rewrite_where_due


@dg.asset(
    key=["ops", "retention"],
    deps=[PUBLISHED, ["published", "report"]],
    partitions_def=NIGHTS,
    group_name="publish",
    owners=ENGINEERS,
    kinds={"python"},
)
def retention(context: dg.AssetExecutionContext, installation: Installation) -> dg.MaterializeResult[None]:
    """Removes published files that hold what is withheld, and runs, Parquet, reports and payloads that are older than the settings keep."""
    remove_files_with_words(installation.settings, installation.warehouse)
    rewrite_where_due(installation.warehouse, installation.night(context).now)
    pruned = prune(installation.settings, context.instance, installation.night(context).now)
    return dg.MaterializeResult(metadata={item.what: f"{item.count} gone, {item.size:,} bytes; kept: {item.kept}" for item in pruned})
