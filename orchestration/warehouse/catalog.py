"""What is written of the tables that readers see: descriptions and keys, from dbt's manifest; keys of the score's tables from the score."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

from orchestration.warehouse.score_tables import TABLES

PUBLISHED_SCHEMAS = ("marts", "ops")


@dataclass(frozen=True, slots=True)
class Entry:
    """One table. `columns`: description by name; `key`: columns that are never NULL and tested to be unique together, () where none are.

    `personal`: what of people a column holds, by name, as publishing/minimising.py names it.
    `parted_by`: the column by whose weeks a large table is published in parts; one whose key begins with `as_of_date` is by night.
    """

    schema: str
    description: str
    columns: Mapping[str, str]
    key: tuple[str, ...]
    personal: Mapping[str, str] = field(default_factory=dict)
    parted_by: str | None = None


Catalog = Mapping[str, Entry]
"""By the table's name."""
NOTHING_WRITTEN: Catalog = MappingProxyType({})


def read_catalog(manifest: Path) -> Catalog:
    """All tables that readers see.

    Raises:
        ValueError: two tables of different schemas have one name; readers name tables without their schema.
    """
    written: Mapping[str, Any] = orjson.loads(manifest.read_bytes())
    tests = _tests(written["nodes"])
    models = {key: node for key, node in written["nodes"].items() if node["resource_type"] == "model"}
    entries = [
        (
            node["name"],
            Entry(
                node["schema"],
                _line(node["description"]),
                {name: _line(column["description"]) for name, column in node["columns"].items()},
                TABLES[node["name"]].key if node["resource_type"] == "source" else _key(node, tests[unique_id]),
                {name: told for name, column in node["columns"].items() if (told := column["config"].get("meta", {}).get("personal"))},
                node["config"].get("meta", {}).get("parted_by"),
            ),
        )
        for unique_id, node in (models | written["sources"]).items()
        if node["schema"] in PUBLISHED_SCHEMAS
    ]
    names = [name for name, _ in entries]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"two published tables are called {', '.join(twice)}")
    return dict(entries)


def _tests(nodes: Mapping[str, Any]) -> Mapping[str, list[tuple[str, tuple[str, ...]]]]:
    """Name and columns of each generic test, by the model that it is of."""
    found = defaultdict(list)
    for node in nodes.values():
        if node["resource_type"] == "test" and node.get("test_metadata"):
            columns = node["test_metadata"]["kwargs"].get("columns") or [node["column_name"]]
            found[node["attached_node"]].append((node["test_metadata"]["name"], tuple(columns)))
    return found


def _key(model: Mapping[str, Any], tests: list[tuple[str, tuple[str, ...]]]) -> tuple[str, ...]:
    never_null = {name for name, column in model["columns"].items() if any(one["type"] == "not_null" for one in column["constraints"])}
    unique = sorted(columns for name, columns in tests if name in {"unique", "unique_combination"} and never_null.issuperset(columns))
    return min(unique, key=len, default=())


def _line(text: str) -> str:
    return " ".join(text.split())
