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

dbt_project = DbtProject(project_dir=DBT_PROJECT)
dbt_project.prepare_if_dev()


class Translator(DagsterDbtTranslator):
    """Groups models by their folder."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return group_from_dbt_resource_props_fallback_to_directory(dbt_resource_props)


@dbt_assets(manifest=dbt_project.manifest_path, project=dbt_project, name="dbt_build", pool="warehouse", dagster_dbt_translator=Translator())
def dbt_build(context: dg.AssetExecutionContext, dbt: DbtCliResource, installation: Installation) -> Iterator[Any]:
    """Builds the selected models and runs their data tests; unit tests belong to pytest."""
    for done, event in enumerate(dbt.cli(["build", "--exclude-resource-type", "unit_test"], context=context).stream(), 1):
        log.debug("built", extra={"step": "build", "row_count": done})
        yield event
