"""Recorded answers without their words are staged as before: the same rows, ids, times, counts and kinds, and nothing that was said."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from connectors import platforms
from orchestration.privacy.withholding import WORDED
from orchestration.privacy.words import without_words
from tests.conftest import make_extraction
from tests.dbt_project.dbt import Dbt, Parsed
from tests.dbt_project.warehouse import create_raw_tables, load
from tests.recorded.test_staged import MODULES, PLATFORMS, raw_rows

pytestmark = pytest.mark.slow

WORDS = {"body", "title", "tags", "transcript", "edit_comment"}
LINKS = {"links"}
"""Those to hashtags go, and what they track by."""
TABLES = [(platform, entity) for platform in PLATFORMS for entity in platforms()[platform].entities if entity in WORDED]


@pytest.fixture(scope="module")
def staged(payloads: Path, parsed: Parsed, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two warehouses: with every platform's recorded answers as they came, and without their words."""
    whole = Dbt(tmp_path_factory.mktemp("whole"), parsed)
    withheld = Dbt(tmp_path_factory.mktemp("withheld"), parsed)
    for dbt in (whole, withheld):
        create_raw_tables(dbt.warehouse)
        for platform in PLATFORMS:
            rows = list(raw_rows(platform, asyncio.run(MODULES[platform].read(payloads, make_extraction))))
            if dbt is withheld:
                rows = [replace(row, payload=bare(platform, row.table.partition(".")[2], row.payload)) for row in rows]
            load(dbt.warehouse, rows)
        dbt.run("build", "--exclude-resource-type", "unit_test", "test", "--select", *(f"path:models/staging/{name}" for name in PLATFORMS))
    return whole.warehouse, withheld.warehouse


def bare(platform: str, entity: str, payload: Any) -> Any:
    return json.loads(without_words(platform, entity, json.dumps(payload), is_deleted=False)) if entity in WORDED else payload


@pytest.mark.parametrize(("platform", "entity"), TABLES)
def test_all_but_words_is_staged_as_before(staged: tuple[Path, Path], platform: str, entity: str) -> None:
    table = f"staging.stg_{platform}__{entity}"
    with duckdb.connect(staged[0], read_only=True) as connection:
        connection.execute(f"attach '{staged[1]}' as other (read_only)")
        there = {name for name, *_ in connection.execute(f"describe {table}").fetchall()}
        kept = ", ".join(sorted(there - WORDS - LINKS))
        assert connection.execute(f"(select {kept} from {table} except all select {kept} from other.{table}) limit 3").fetchall() == []
        for column in there & {"body", "title"} - ({"title"} if platform == "mediawiki" else set()):
            said = f"select {column} from {table} where length({column}) >= 40 and not starts_with({column}, 'http')"
            assert connection.execute(f"select count(*) from other.{table} where {column} in ({said})").fetchall() == [(0,)], column
