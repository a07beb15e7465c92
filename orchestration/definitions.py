"""The code location: everything under defs/, run in one process because DuckDB has one writer."""

from __future__ import annotations

import dagster as dg

import orchestration.defs
from orchestration.settings import ROOT


@dg.definitions
def defs() -> dg.Definitions:
    """What Dagster loads. An installed package has no pyproject.toml, in which `load_from_defs_folder` would look for the folder."""
    tree = dg.ComponentTree.from_module(defs_module=orchestration.defs, project_root=ROOT)
    return dg.Definitions.merge(tree.build_defs(), dg.Definitions(executor=dg.in_process_executor))
