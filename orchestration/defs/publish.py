"""What readers open."""

import logging
from collections.abc import Iterator

import dagster as dg

from orchestration.defs.asset_defaults import ANALYSTS, EACH_MORNING, NIGHTS
from orchestration.defs.resources import Installation
from orchestration.defs.score import CATALOG
from orchestration.nightly.metadata import night_metadata
from orchestration.nightly.refresh import PUBLISHED
from orchestration.publishing.database import publish_to_database
from orchestration.publishing.minimising import minimising
from orchestration.publishing.parquet import export_parquet
from orchestration.warehouse.cursors import record_publication
from orchestration.warehouse.publication import publish_file
from orchestration.warehouse.warehouse import open_published

log = logging.getLogger("groundswell")

READ_BY_BI = [[entry.schema, table] for table, entry in sorted(CATALOG.items())]


@dg.asset(
    key=PUBLISHED,
    deps=READ_BY_BI,
    partitions_def=NIGHTS,
    freshness_policy=EACH_MORNING,
    group_name="publish",
    owners=ANALYSTS,
    kinds={"duckdb", "parquet"},
)
def published_file(context: dg.AssetExecutionContext, installation: Installation) -> dg.MaterializeResult[None]:
    """Every mart and ops table as groundswell.duckdb, swapped in whole, and as Parquet beside it."""
    settings, night = installation.settings, installation.night(context)
    counts = publish_file(installation.warehouse, settings.published, CATALOG, minimising(settings))
    folder = export_parquet(settings.published, settings.parquet, night.date, settings.keep_parquet)
    with installation.warehouse.transaction() as connection:
        record_publication(connection, night.date, night.now)
    log.info("published", extra={"step": "publish", "row_count": sum(counts.values()), "finished": "published"})
    with open_published(settings.published) as connection:
        seen = night_metadata(connection)
    return dg.MaterializeResult(
        metadata={
            **seen,
            "file": dg.MetadataValue.path(settings.published),
            "parquet": dg.MetadataValue.path(folder),
            "dagster/row_count": sum(counts.values()),
            "rows": counts,
        }
    )


@dg.multi_asset(
    name="published_database",
    specs=[
        dg.AssetSpec(
            ["published", "database"],
            deps=[PUBLISHED],
            description="The same tables in PostgreSQL, a whole night in one transaction. Only where GROUNDSWELL_DATABASE_URL is set.",
            group_name="publish",
            owners=ANALYSTS,
            kinds={"postgresql"},
            skippable=True,
        )
    ],
    partitions_def=NIGHTS,
)
def published_database(context: dg.AssetExecutionContext, installation: Installation) -> Iterator[dg.MaterializeResult[None]]:
    """Copies the published file into the database that is configured."""
    settings = installation.settings
    if settings.database_url is None:
        return
    with installation.warehouse.let_go():
        counts = publish_to_database(settings.database_url.get_secret_value(), settings.published, CATALOG)
    log.info("published", extra={"step": "database", "row_count": sum(counts.values()), "finished": "published"})
    yield dg.MaterializeResult(asset_key=["published", "database"], metadata={"dagster/row_count": sum(counts.values()), "rows": counts})
