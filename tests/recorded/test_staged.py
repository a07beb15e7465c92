"""Recorded answers, through connector, raw table and staging model: named columns against what a person read in the payload.

A module `test_recorded_<platform>.py` takes part by a coroutine `read(payloads, extraction)`, which gives the connector's pages, and
a mapping `STAGED` from entity to native id to the columns and values that are expected.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest

from connectors.source import Page
from tests.conftest import make_extraction
from tests.dbt_project.dbt import Dbt, Parsed
from tests.dbt_project.warehouse import PROJECT, Raw, create_raw_tables, load

pytestmark = pytest.mark.slow

MODULES: dict[str, ModuleType] = {
    module.__name__.removeprefix("tests.recorded.test_recorded_"): module
    for path in sorted(Path(__file__).parent.glob("test_recorded_*.py"))
    if hasattr(module := import_module(f"tests.recorded.{path.stem}"), "STAGED")
}
ONLY = os.environ.get("GROUNDSWELL_STAGED_ONLY")
PLATFORMS = [ONLY] if ONLY else list(MODULES)
CASES = [(platform, entity, native_id) for platform in PLATFORMS for entity, rows in MODULES[platform].STAGED.items() for native_id in rows]


def raw_rows(platform: str, pages: list[Page]) -> Iterator[Raw]:
    """The records as the loader would store them: of each item the last."""
    records = {(record.entity, record.native_id): record for page in pages for record in page.records}
    for (entity, native_id), record in records.items():
        yield Raw(f"{platform}.{entity}", native_id, record.payload, date(2026, 11, 23))


@pytest.fixture(scope="module")
def staged(payloads: Path, parsed: Parsed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse whose staging models hold every platform's recorded answers."""
    dbt = Dbt(tmp_path_factory.mktemp("staged"), parsed)
    create_raw_tables(dbt.warehouse)
    for platform in PLATFORMS:
        load(dbt.warehouse, raw_rows(platform, asyncio.run(MODULES[platform].read(payloads, make_extraction))))
    dbt.run("build", "--exclude-resource-type", "unit_test", "--select", *(f"path:models/staging/{platform}" for platform in PLATFORMS))
    return dbt.warehouse


@pytest.mark.parametrize(("platform", "entity", "native_id"), CASES)
def test_named_columns_are_what_the_payload_says(staged: Path, platform: str, entity: str, native_id: str) -> None:
    expected: dict[str, Any] = MODULES[platform].STAGED[entity][native_id]
    assert expected
    with duckdb.connect(staged, read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        found = connection.execute(
            f"select {', '.join(expected)} from staging.stg_{platform}__{entity} where native_id = ?", [native_id]
        ).fetchall()
    assert len(found) == 1, f"{len(found)} rows"
    values = [value.astimezone(UTC) if isinstance(value, datetime) else value for value in found[0]]
    assert dict(zip(expected, values, strict=True)) == expected


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_was_recorded_is_of_the_declared_types(staged: Path, platform: str) -> None:
    """But for what the module lists as ILL_TYPED: (entity, native id, fields)."""
    found = []
    with duckdb.connect(staged, read_only=True) as connection:
        for path in sorted((PROJECT / "models" / "staging" / platform).glob("*.sql")):
            rows = connection.execute(f"select native_id, ill_typed from staging.{path.stem} where ill_typed is not null").fetchall()
            found += [(path.stem.rpartition("__")[2], *row) for row in rows]
    assert sorted(found) == sorted(getattr(MODULES[platform], "ILL_TYPED", []))
