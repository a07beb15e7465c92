"""Raw tables: what every source said, verbatim."""

import asyncio
from collections import Counter
from collections.abc import Iterator

import dagster as dg

from connectors import platforms
from orchestration.defs.asset_defaults import ENGINEERS, NIGHTS, as_it_was
from orchestration.defs.resources import Installation
from orchestration.nightly.extraction import Budget, extract, suspicion
from orchestration.privacy.suppression import Suppression

OPS_TABLES = {
    "source_runs": "One row per source and attempted night: window, counts, outcome.",
    "cursors": "One row per source: where it stopped.",
    "tombstones": "One row per item that a platform said is gone.",
    "quarantine": "One row per item that could not become a record, with the reason.",
}
SOURCES_ANSWERED = "sources_answered"


class Reading(dg.Config):
    """How a run of the night reads. `again`: also the sources that a refresh of this night has read already."""

    again: bool = False


def _raw_assets() -> list[dg.AssetSpec]:
    tables = {(source.platform, entity): line for source in platforms().values() for entity, line in source.entities.items()}
    tables |= {("ops", table): line for table, line in OPS_TABLES.items()}
    return [
        dg.AssetSpec(["raw", *table], description=line, group_name="extract", owners=ENGINEERS, kinds={"python", "duckdb"}, skippable=True)
        for table, line in tables.items()
    ]


@dg.multi_asset(
    name="extract",
    specs=_raw_assets(),
    check_specs=[
        dg.AssetCheckSpec(
            SOURCES_ANSWERED,
            asset=["raw", source.platform, next(iter(source.entities))],
            description="Every source of this platform was read to its end, and brought about as much as usual.",
        )
        for source in platforms().values()
    ],
    partitions_def=NIGHTS,
    can_subset=True,
)
def extract_sources(
    context: dg.AssetExecutionContext, config: Reading, installation: Installation
) -> Iterator[dg.MaterializeResult[None] | dg.Output[None] | dg.AssetCheckResult]:
    """Fetches all sources of the selected platforms at once and loads each as it finishes."""
    selected = {key.path[1] for key in context.selected_asset_keys}
    configuration = installation.configuration
    sources = [source for source in configuration.sources if source.platform in selected]
    read = {source.platform for source in sources} | {"ops"}
    names = {key: name for name, key in context.assets_def.keys_by_output_name.items()}
    warehouse, settings = installation.warehouse, installation.settings
    budget = Budget(settings.source_minutes, settings.night_minutes)
    night, suppression = installation.night(context), Suppression(settings.home)
    loaded = asyncio.run(
        extract(
            sources,
            night,
            warehouse,
            settings.landing,
            budget,
            suppression=suppression,
            recheck_days=configuration.retention.recheck_days,
            again=config.again,
        )
    )
    with warehouse.connect() as connection:
        suspicions = {item.run.source_name: found for item in loaded if (found := suspicion(connection, item.run.source_run_id))}
    counts = warehouse.row_counts(*(f"raw_{platform}" for platform in read))
    new: Counter[tuple[str, str]] = Counter()
    for item in loaded:
        new.update({(item.run.platform, entity): count for entity, count in item.entity_counts.items()})
    for key in sorted(context.selected_asset_keys):
        _, platform, entity = key.path
        if platform not in read:
            yield as_it_was(names[key])
            continue
        yield dg.MaterializeResult(
            asset_key=key, metadata={"new_rows": new[platform, entity], "dagster/row_count": counts.get((f"raw_{platform}", entity), 0)}
        )
        if platform not in platforms() or entity != next(iter(platforms()[platform].entities)):
            continue
        runs = [item.run for item in loaded if item.run.platform == platform]
        failed = {run.source_name: run.error or "" for run in runs if run.status == "failed"}
        doubtful = {run.source_name: suspicions[run.source_name] for run in runs if run.source_name in suspicions}
        doubtful |= {run.source_name: run.notes[-1] for run in runs if run.status == "unfinished"}
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=SOURCES_ANSWERED,
            passed=not failed and not doubtful,
            severity=dg.AssetCheckSeverity.ERROR if failed else dg.AssetCheckSeverity.WARN,
            metadata={**doubtful, **failed},
        )
