"""The dbt project, as assets."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DbtCliResource,
    DbtProject,
    dbt_assets,
    group_from_dbt_resource_props_fallback_to_directory,
)

from orchestration.defs.asset_defaults import ANALYSTS, ENGINEERS
from orchestration.defs.resources import Installation
from orchestration.settings import DBT_PROJECT, Settings
from orchestration.warehouse.broken_rules import note_broken_rules
from orchestration.warehouse.manifest import prepared_manifest
from orchestration.warehouse.unranked import published_all_the_same, why_unranked
from orchestration.warehouse.warehouse import Warehouse

log = logging.getLogger("groundswell")

POSTS = "path:models/staging path:models/intermediate path:seeds"
SIGNALS = "path:models/staging/signals path:models/intermediate/mentions"
TOUCHES = "path:models/intermediate/touches"
RESULTS = "path:models/staging/attribution path:models/marts/results"
SCORE = "path:models/staging/scores path:models/intermediate/score"

Settings().export()
MANIFEST = prepared_manifest(Settings())
dbt_project = DbtProject(project_dir=DBT_PROJECT, target_path=MANIFEST.parent)


class Translator(DagsterDbtTranslator):
    """Groups models by their folder, seeds together, and says whom to ask."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The folder's name."""
        if dbt_resource_props["resource_type"] == "seed":
            return "seeds"
        return group_from_dbt_resource_props_fallback_to_directory(dbt_resource_props)

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str]:
        """Of marts the analysts, of what leads to them the engineers."""
        return ANALYSTS if dbt_resource_props["schema"] == "marts" else ENGINEERS


def _build(context: dg.AssetExecutionContext, dbt: DbtCliResource, installation: Installation, *arguments: str) -> Iterator[Any]:
    """Builds models and runs their data tests; unit tests belong to pytest. Each step goes on from what the one before has parsed."""
    invocation = dbt.cli(["build", "--exclude-resource-type", "unit_test", *arguments], context=context, target_path=MANIFEST.parent)
    step = context.op.name
    events: list[Any] = []
    try:
        for event in invocation.stream():
            events.append(event)
            log.debug("built", extra={"step": step, "row_count": len(events)})
    finally:  # dbt holds the warehouse until its end: only then can rows be counted, of what was built before a failure, too
        if invocation.process.poll() is None:  # what went wrong did so here, not in dbt
            invocation.process.terminate()
            invocation.process.wait()
        yield from _counted(events, installation.warehouse)
    note_broken_rules(installation.warehouse, installation.night(context).date, step, _broken(events), MANIFEST)
    log.info("built", extra={"step": step, "row_count": len(events), "finished": "models and tests"})


def _unbuilt(context: dg.AssetExecutionContext, made: set[str]) -> Iterator[dg.Output[None]]:
    """The outputs that stay as they were, each after those that it depends on."""
    names = {key: name for name, key in context.assets_def.keys_by_output_name.items()}
    order = TopologicalSorter({key: context.assets_def.asset_deps[key] & names.keys() for key in names}).static_order()
    yield from (dg.Output(None, names[key]) for key in order if names[key] in context.selected_output_names - made)


def _broken(events: Sequence[Any]) -> dict[str, int]:
    """How many rows break each test that only warns, by dbt's unique id."""
    told = [event.metadata for event in events if isinstance(event, dg.AssetCheckResult | dg.AssetObservation)]
    warned = [metadata for metadata in told if "status" in metadata and metadata["status"].value == "warn"]
    return {str(metadata["unique_id"].value): int(str(metadata["dagster_dbt/failed_row_count"].value)) for metadata in warned}


def _counted(events: Sequence[Any], warehouse: Warehouse) -> Iterator[Any]:
    """The events; those of tables with their number of rows."""
    counts = {table: count for (_, table), count in warehouse.row_counts().items()}
    for event in events:
        table = str(event.metadata["unique_id"].value).rpartition(".")[2] if isinstance(event, dg.Output) else ""
        yield event.with_metadata({**event.metadata, "dagster/row_count": counts[table]}) if table in counts else event


# Four steps: the signals read the posts of the first, the facts of the second read the signals, the frames of the third the communities
# found in those, and the results of the fourth what was learnt of touches and the score. Left to itself Dagster cuts one step in more,
# whose dbt then runs tests of tables that are not built yet.
@dbt_assets(
    manifest=MANIFEST,
    project=dbt_project,
    select=POSTS,
    exclude=f"{SIGNALS} {SCORE} {TOUCHES} {RESULTS}",
    name="build_posts",
    dagster_dbt_translator=Translator(),
)
def build_posts(context: dg.AssetExecutionContext, dbt: DbtCliResource, installation: Installation) -> Iterator[Any]:
    """Payloads to typed columns to one shape for every channel."""
    yield from _build(context, dbt, installation, "--indirect-selection", "cautious")


@dbt_assets(
    manifest=MANIFEST,
    project=dbt_project,
    select=f"path:models/marts path:models/ops {SIGNALS} {TOUCHES}",
    exclude=RESULTS,
    name="build_marts",
    dagster_dbt_translator=Translator(),
)
def build_marts(context: dg.AssetExecutionContext, dbt: DbtCliResource, installation: Installation) -> Iterator[Any]:
    """Dimensions, facts and the ops tables."""
    yield from _build(context, dbt, installation, "--indirect-selection", "buildable")


@dbt_assets(manifest=MANIFEST, project=dbt_project, select=SCORE, name="build_scores", dagster_dbt_translator=Translator())
def build_scores(context: dg.AssetExecutionContext, dbt: DbtCliResource, installation: Installation) -> Iterator[Any]:
    """What the score reads; without memory enough as it was, and nobody is ranked by it."""
    warehouse, night = installation.warehouse, installation.night(context).date
    made = set[str]()
    if why_unranked(warehouse, night) is None:
        with published_all_the_same(warehouse, night, context.op.name):
            for event in _build(context, dbt, installation):
                made |= {event.output_name} if isinstance(event, dg.Output) else set()
                yield event
    if why_unranked(warehouse, night):
        yield from _unbuilt(context, made)


@dbt_assets(manifest=MANIFEST, project=dbt_project, select=RESULTS, name="build_results", dagster_dbt_translator=Translator())
def build_results(context: dg.AssetExecutionContext, dbt: DbtCliResource, installation: Installation) -> Iterator[Any]:
    """What sales owe to whom."""
    yield from _build(context, dbt, installation)
