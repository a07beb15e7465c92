"""The dbt project, as assets."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import orjson
from dagster_dbt import DagsterDbtTranslator, group_from_dbt_resource_props_fallback_to_directory

from orchestration.defs.asset_defaults import ANALYSTS, ENGINEERS, as_it_was
from orchestration.defs.resources import Installation
from orchestration.settings import Settings
from orchestration.warehouse.building import Built, build
from orchestration.warehouse.manifest import prepared_manifest
from orchestration.warehouse.project import read_project
from orchestration.warehouse.unranked import published_all_the_same, why_unranked

log = logging.getLogger("groundswell")

RULES = "rules"
"""The check of every table that has rules: all of its data tests together."""

Settings().export()
MANIFEST = prepared_manifest(Settings())
PROJECT = read_project(MANIFEST)
WRITTEN = orjson.loads(MANIFEST.read_bytes())


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


TRANSLATOR = Translator()
SPECS = {key: TRANSLATOR.get_asset_spec(WRITTEN, key, None) for key in PROJECT.nodes}
KEYS = {spec.key: key for key, spec in SPECS.items()}
"""dbt's unique id by the asset's key."""


def _assets_of(step: str) -> dict[str, Any]:
    """A step's name, its tables and their checks, as `multi_asset` takes them."""
    nodes = PROJECT.of(step)
    named = {node.key: ", ".join(sorted(rule.name for rule in PROJECT.rules_of(node.key))) for node in nodes}
    checks = [
        dg.AssetCheckSpec(RULES, asset=SPECS[key].key, description=f"No row breaks {rules}.") for key, rules in named.items() if rules
    ]
    return {"name": step, "specs": [SPECS[node.key] for node in nodes], "check_specs": checks, "can_subset": True}


def _build(context: dg.AssetExecutionContext, installation: Installation) -> Iterator[Any]:
    """Builds the selected tables that would come out otherwise than they are, and asks what rules they break."""
    step, night = context.op.name, installation.night(context).date
    selected = {KEYS[key] for key in context.selected_asset_keys}
    built = build(installation.warehouse, PROJECT, night, step, selected)
    log.info("built", extra={"step": step, "row_count": len(built.counts), "finished": f"of {len(selected)} tables"})
    yield from _outputs(context, built)


def _outputs(context: dg.AssetExecutionContext, built: Built) -> Iterator[Any]:
    """The tables, those that were built with their number of rows, each after those that it reads; and what their rules found."""
    selected = context.selected_output_names
    names = {KEYS[key]: name for name, key in context.assets_def.keys_by_output_name.items() if name in selected}
    for key in PROJECT.nodes:
        if key not in names:
            continue
        name = names[key]
        count = built.counts.get(key)
        metadata = {} if count is None else {"dagster/row_count": count}
        yield dg.Output(None, name, metadata=metadata) if key in built.counts else as_it_was(name)
        rules = [rule for rule in PROJECT.rules_of(key) if rule.key in built.found]
        if rules:
            found = {rule.name: built.found[rule.key] for rule in rules if built.found[rule.key]}
            metadata = {**found, "asked": len(rules)}
            yield dg.AssetCheckResult(
                asset_key=SPECS[key].key, check_name=RULES, passed=not found, severity=dg.AssetCheckSeverity.WARN, metadata=metadata
            )


@dg.multi_asset(**_assets_of("build_posts"))
def build_posts(context: dg.AssetExecutionContext, installation: Installation) -> Iterator[Any]:
    """Payloads to typed columns to one shape for every channel."""
    yield from _build(context, installation)


@dg.multi_asset(**_assets_of("build_marts"))
def build_marts(context: dg.AssetExecutionContext, installation: Installation) -> Iterator[Any]:
    """Dimensions, facts and the ops tables."""
    yield from _build(context, installation)


@dg.multi_asset(**_assets_of("build_scores"))
def build_scores(context: dg.AssetExecutionContext, installation: Installation) -> Iterator[Any]:
    """What the score reads; without memory enough as it was, and nobody is ranked by it."""
    warehouse, night = installation.warehouse, installation.night(context).date
    if why_unranked(warehouse, night) is None:
        with published_all_the_same(warehouse, night, context.op.name):
            yield from _build(context, installation)
            return
    yield from _outputs(context, Built({}, {}))


@dg.multi_asset(**_assets_of("build_results"))
def build_results(context: dg.AssetExecutionContext, installation: Installation) -> Iterator[Any]:
    """What sales owe to whom."""
    yield from _build(context, installation)
