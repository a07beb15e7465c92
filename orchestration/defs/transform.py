"""The dbt project, as assets."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DbtCliResource,
    DbtProject,
    dbt_assets,
    group_from_dbt_resource_props_fallback_to_directory,
)

from orchestration.defs.resources import Installation
from orchestration.settings import DBT_PROJECT

log = logging.getLogger("groundswell")

POSTS = "path:models/staging path:models/intermediate path:seeds"
SIGNALS = "path:models/staging/signals"
TOUCHES = "path:models/intermediate/touches"
RESULTS = "path:models/staging/attribution path:models/marts/results"
SCORE = "path:models/staging/scores path:models/intermediate/score"

dbt_project = DbtProject(project_dir=DBT_PROJECT)
dbt_project.prepare_if_dev()


class Translator(DagsterDbtTranslator):
    """Groups models by their folder."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The folder's name."""
        return group_from_dbt_resource_props_fallback_to_directory(dbt_resource_props)


def _build(context: dg.AssetExecutionContext, dbt: DbtCliResource, installation: Installation, *arguments: str) -> Iterator[Any]:
    """Builds models and runs their data tests; unit tests belong to pytest. Each step goes on from what the one before has parsed."""
    parsed = installation.settings.folder / "dbt"
    invocation = dbt.cli(["build", "--exclude-resource-type", "unit_test", *arguments], context=context, target_path=parsed)
    step = context.op.name
    done = 0
    for done, event in enumerate(invocation.stream(), 1):
        log.debug("built", extra={"step": step, "row_count": done})
        yield event
    log.info("built", extra={"step": step, "row_count": done, "finished": "models and tests"})


# Four steps: the signals read the posts of the first, the facts of the second read the signals, the frames of the third the communities
# found in those, and the results of the fourth what was learnt of touches and the score. Left to itself Dagster cuts one step in more,
# whose dbt then runs tests of tables that are not built yet.
@dbt_assets(
    manifest=dbt_project.manifest_path,
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
    manifest=dbt_project.manifest_path,
    project=dbt_project,
    select=f"path:models/marts path:models/ops {SIGNALS} {TOUCHES}",
    exclude=RESULTS,
    name="build_marts",
    dagster_dbt_translator=Translator(),
)
def build_marts(context: dg.AssetExecutionContext, dbt: DbtCliResource, installation: Installation) -> Iterator[Any]:
    """Dimensions, facts and the ops tables."""
    yield from _build(context, dbt, installation, "--indirect-selection", "buildable")


@dbt_assets(manifest=dbt_project.manifest_path, project=dbt_project, select=SCORE, name="build_scores", dagster_dbt_translator=Translator())
def build_scores(context: dg.AssetExecutionContext, dbt: DbtCliResource, installation: Installation) -> Iterator[Any]:
    """What the score reads."""
    yield from _build(context, dbt, installation)


@dbt_assets(
    manifest=dbt_project.manifest_path, project=dbt_project, select=RESULTS, name="build_results", dagster_dbt_translator=Translator()
)
def build_results(context: dg.AssetExecutionContext, dbt: DbtCliResource, installation: Installation) -> Iterator[Any]:
    """What sales owe to whom."""
    yield from _build(context, dbt, installation)
