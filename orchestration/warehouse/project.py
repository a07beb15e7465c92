"""The dbt project as a night builds it: seeds, models and data tests, what each reads, and the step of the night that each belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import orjson

from orchestration.warehouse.manifest import KEY

# The signals read the posts of the first step, the facts of the second read the signals, the frames of the third the communities found in
# those, and the results of the fourth what was learnt of touches and the score. A model is of the first step here whose paths hold it.
PATHS: dict[str, Sequence[str]] = {
    "build_results": ("models/staging/attribution", "models/staging/rankings", "models/marts/results", "models/marts/overviews"),
    "build_scores": ("models/staging/scores", "models/intermediate/score"),
    "build_marts": (
        "models/marts",
        "models/ops",
        "models/staging/signals",
        "models/intermediate/lists",
        "models/intermediate/mentions",
        "models/intermediate/touches",
    ),
    "build_posts": ("models/staging", "models/intermediate", "seeds"),
}
STEPS = tuple(reversed(PATHS))
"""In the order in which a night runs them."""


class Named:
    """Something that has a schema and a name in the warehouse."""

    __slots__ = ()
    schema: str
    name: str

    @property
    def table(self) -> str:
        """As SQL names it."""
        return f'"{self.schema}"."{self.name}"'


@dataclass(frozen=True, slots=True)
class Node(Named):
    """A seed or a model. `reads`: dbt's ids of what it is made from; `is_appended`: rows are added to it, and none changes.

    `room`: the platform's folder that it lies in, where it is only built once the platform has told something.
    """

    key: str
    schema: str
    name: str
    step: str
    reads: tuple[str, ...]
    is_view: bool
    is_appended: bool
    room: str | None


@dataclass(frozen=True, slots=True)
class Source(Named):
    """A table that something else than dbt writes.

    `is_appended`: who reads it asks for the rows of new loads alone; `is_by_night`: for those of the newest night, and no other changes.
    """

    schema: str
    name: str
    is_appended: bool
    is_by_night: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A data test: its query finds the rows that break it. `stops`: a night with such rows is not published."""

    key: str
    name: str
    node: str
    step: str
    reads: tuple[str, ...]
    query: str
    stops: bool


@dataclass(frozen=True, slots=True)
class Project:
    """All by dbt's unique ids, nodes after those that they read. `version`: of the project's files, of dbt and of DuckDB."""

    version: str
    manifest: Path
    nodes: dict[str, Node]
    rules: Mapping[str, Rule]
    sources: Mapping[str, Source]

    def of(self, step: str) -> list[Node]:
        """The seeds and models of a step."""
        return [node for node in self.nodes.values() if node.step == step]

    def rules_of(self, node: str) -> list[Rule]:
        """The rules that hold for a table, by its key."""
        return [rule for rule in self.rules.values() if rule.node == node]


def read_project(manifest: Path) -> Project:
    """The project of a prepared manifest."""
    return _read_project(manifest, manifest.stat().st_mtime_ns)


@cache
def _read_project(manifest: Path, _: int) -> Project:
    written: Mapping[str, Any] = orjson.loads(manifest.read_bytes())
    built = {key: one for key, one in written["nodes"].items() if one["resource_type"] in {"model", "seed"}}
    tests = {key: one for key, one in written["nodes"].items() if one["resource_type"] == "test"}
    order = TopologicalSorter({key: [read for read in _reads(one) if read in built] for key, one in built.items()}).static_order()
    rooms = {_folder(one) for one in built.values() if _is_appended(one) and not one["config"]["meta"].get("is_always_built")}
    nodes = {key: _node(key, built[key], rooms) for key in order}
    changing = {read for node in nodes.values() if not node.is_appended for read in node.reads}
    return Project(
        f"{manifest.with_name(KEY).read_text(encoding='utf-8')} {duckdb.__version__}",
        manifest,
        nodes,
        {key: _rule(key, one, nodes) for key, one in tests.items()},
        {
            key: Source(one["schema"], one["name"], key not in changing, bool(one["config"]["meta"].get("is_by_night")))
            for key, one in written["sources"].items()
        },
    )


def _node(key: str, written: Mapping[str, Any], rooms: Set[str]) -> Node:
    path, config = written["original_file_path"], written["config"]
    return Node(
        key,
        written["schema"],
        written["name"],
        next(step for step, paths in PATHS.items() if path.startswith(tuple(f"{folder}/" for folder in paths))),
        _reads(written),
        config["materialized"] == "view",
        _is_appended(written),
        _folder(written) if _folder(written) in rooms else None,
    )


def _is_appended(written: Mapping[str, Any]) -> bool:
    config = written["config"]
    return bool(config["materialized"] == "incremental" and config["incremental_strategy"] == "append")


def _folder(written: Mapping[str, Any]) -> str:
    """The name of the folder that its file lies in."""
    return str(written["original_file_path"]).split("/")[-2]


def _rule(key: str, written: Mapping[str, Any], nodes: Mapping[str, Node]) -> Rule:
    steps = {nodes[read].step for read in _reads(written) if read in nodes}
    return Rule(
        key,
        written["name"],
        written["attached_node"] or _reads(written)[0],
        max(steps, key=STEPS.index),
        _reads(written),
        written["compiled_code"],
        written["config"]["severity"].lower() == "error",
    )


def _reads(written: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(set(written.get("depends_on", {}).get("nodes", ()))))
