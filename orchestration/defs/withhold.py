"""Words that are held no longer."""

import logging
from collections.abc import Iterator

import dagster as dg

from connectors import platforms
from orchestration.defs.asset_defaults import ENGINEERS, NIGHTS
from orchestration.defs.extract import OPS_TABLES
from orchestration.defs.resources import Installation
from orchestration.privacy.expiry import expire
from orchestration.privacy.withholding import platforms_that_must_delete, withhold

log = logging.getLogger("groundswell")

TABLES = {
    "withheld": "One row per post whose words are out of the raw tables, with what is still known of its title.",
    "redactions": "One row per payload that has lost its words.",
    "kept_sightings": "One row per place that a post was seen in, as it was known when its words went out of the raw tables.",
}


@dg.multi_asset(
    name="withhold",
    specs=[
        dg.AssetSpec(
            ["raw", "ops", name],
            deps=[
                *(["raw", source.platform, entity] for source in platforms().values() for entity in source.entities),
                *(["raw", "ops", table] for table in OPS_TABLES),
            ],
            description=description,
            group_name="extract",
            owners=ENGINEERS,
            kinds={"python", "duckdb"},
        )
        for name, description in TABLES.items()
    ],
    partitions_def=NIGHTS,
)
def withhold_words(context: dg.AssetExecutionContext, installation: Installation) -> Iterator[dg.MaterializeResult[None]]:
    """Takes the words of what expired, and of what was deleted where that must be, out of the raw tables; and old events and counts."""
    night, retention = installation.night(context), installation.configuration.retention
    done = withhold(installation.warehouse, retention, platforms_that_must_delete(), night)
    gone = expire(installation.warehouse, retention, night.now)
    told = f"payloads without words, {gone:,} old rows gone" if gone else "payloads without words"
    log.info("withheld", extra={"step": "withhold", "row_count": done.expired + done.deleted, "finished": told})
    for name in TABLES:
        yield dg.MaterializeResult(
            asset_key=["raw", "ops", name], metadata={"expired": done.expired, "deleted": done.deleted, "rows_gone": gone}
        )
