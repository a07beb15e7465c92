"""Which tests of the dbt project rows of a night break: they are told, and stop nothing."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from orchestration.warehouse.warehouse import Warehouse

log = logging.getLogger("groundswell")


def note_broken_rules(warehouse: Warehouse, night: date, step: str, failures: Mapping[str, int], manifest: Path) -> None:
    """Keeps in raw_ops.broken_rules what a step of the night found, in place of what it had found for this night before.

    failures: how many rows break each test that only warns, by dbt's unique id of it.
    """
    nodes = orjson.loads(manifest.read_bytes())["nodes"] if failures else {}
    broken = [(night, step, nodes[test]["name"], _model_of(nodes[test]), count) for test, count in failures.items()]
    with warehouse.transaction() as connection:
        connection.execute("delete from raw_ops.broken_rules where night = ? and step = ?", [night, step])
        if broken:
            connection.executemany("insert into raw_ops.broken_rules values (?, ?, ?, ?, ?)", broken)
    for _, _, rule, model, count in broken:
        log.warning("%s: %s rows break the rule %s; the night goes on", model, f"{count:,}", rule)


def _model_of(test: Mapping[str, Any]) -> str:
    node = test["attached_node"] or test["depends_on"]["nodes"][0]
    return str(node).rpartition(".")[2]
