"""The pages that people read."""

import logging
from datetime import timedelta

import dagster as dg

from orchestration.defs.asset_defaults import ANALYSTS, EACH_MORNING, NIGHTS
from orchestration.defs.resources import Installation
from orchestration.nightly.refresh import PUBLISHED
from orchestration.publishing.report.as_of import open_as_of
from orchestration.publishing.report.page import has_later, write_report
from orchestration.settings import midnight
from orchestration.warehouse.warehouse import open_published

log = logging.getLogger("groundswell")


@dg.asset(
    key=["published", "report"],
    deps=[PUBLISHED],
    partitions_def=NIGHTS,
    freshness_policy=EACH_MORNING,
    group_name="publish",
    owners=ANALYSTS,
    kinds={"html"},
)
def report(context: dg.AssetExecutionContext, installation: Installation) -> dg.MaterializeResult[None]:
    """The night as HTML files that need no network and no script: one over all brands and one for each."""
    settings, night = installation.settings, installation.night(context)
    with open_published(settings.published) as connection:
        is_past = has_later(connection, night.date)
    end = midnight(night.date + timedelta(days=1), night.zone)
    opened = open_as_of(settings.published, night.date, end) if is_past else open_published(settings.published)
    with opened as connection:
        page = write_report(settings.reports, connection, night.date, str(night.zone), is_past=is_past)
    log.info("written", extra={"step": "report", "finished": "written"})
    return dg.MaterializeResult(metadata={"file": dg.MetadataValue.path(page), "bytes": page.stat().st_size})
