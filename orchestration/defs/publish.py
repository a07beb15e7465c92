"""What readers open."""

import logging

import dagster as dg

from orchestration.defs.resources import Installation
from orchestration.defs.transform import build_marts, build_results
from orchestration.load import record_publication
from orchestration.partitions import NIGHTS
from orchestration.score_tables import TABLES

log = logging.getLogger("groundswell")

READ_BY_BI = [
    *(["marts", table] for table in TABLES),
    *(list(key.path) for key in sorted(build_marts.keys | build_results.keys) if key.path[0] in {"marts", "ops"}),
]


@dg.asset(
    key=["published", "groundswell"],
    deps=READ_BY_BI,
    partitions_def=NIGHTS,
    group_name="publish",
    kinds={"duckdb", "parquet"},
)
def published(context: dg.AssetExecutionContext, installation: Installation) -> dg.MaterializeResult[None]:
    """Every mart and ops table as groundswell.duckdb, swapped in whole, and as Parquet beside it."""
    settings, night = installation.settings, installation.night(context)
    counts = installation.warehouse.publish(settings.published)
    folder = installation.warehouse.export_parquet(settings.parquet, night.date)
    with installation.warehouse.transaction() as connection:
        record_publication(connection, night.date, night.now)
    log.info("published", extra={"step": "publish", "row_count": sum(counts.values()), "finished": "published"})
    return dg.MaterializeResult(
        metadata={"file": str(settings.published), "parquet": str(folder), "dagster/row_count": sum(counts.values()), "rows": counts}
    )
