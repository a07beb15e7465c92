"""The page that people read."""

import logging

import dagster as dg

from orchestration.defs.asset_defaults import ANALYSTS, EACH_MORNING, NIGHTS
from orchestration.defs.resources import Installation
from orchestration.nightly.refresh import PUBLISHED
from orchestration.publishing.report.report import write_report
from orchestration.warehouse.warehouse import open_published

log = logging.getLogger("groundswell")


@dg.asset(
    key=["published", "report"],
    deps=[PUBLISHED],
    partitions_def=NIGHTS,
    freshness_policy=EACH_MORNING,
    group_name="publish",
    owners=ANALYSTS,
    kinds={"altair"},
)
def report(context: dg.AssetExecutionContext, installation: Installation) -> dg.MaterializeResult[None]:
    """The night as one HTML file that needs no network and no script."""
    settings, night = installation.settings, installation.night(context)
    with open_published(settings.published) as connection:
        page = write_report(settings.reports, connection, night.date)
    log.info("written", extra={"step": "report", "finished": "written"})
    return dg.MaterializeResult(metadata={"file": dg.MetadataValue.path(page), "bytes": page.stat().st_size})
