"""What a source brings and cannot be loaded stops no other source."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connectors.extraction import Extraction, Platform
from connectors.settings import SourceSettings
from connectors.source import Page, Record, Source
from orchestration.nightly import extraction
from orchestration.nightly.extraction import extract
from orchestration.settings import Night
from orchestration.warehouse.warehouse import Warehouse

NIGHT = Night(date(2026, 9, 10), datetime(2026, 9, 11, 2, tzinfo=UTC))


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    entity = "unheard_of" if job.settings.name == "strange" else "posts"
    yield Page("https://a.example", [Record(entity, "1", {})], cursor={"at": 1})


async def check(job: Extraction) -> str:
    return "there"


def test_it_is_set_aside_and_its_source_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    platform: Platform = Source("slow", "blogs", {"posts": "One row per post."}, frozenset(), fetch, check)
    monkeypatch.setattr(extraction, "platforms", lambda: {"slow": platform})
    warehouse = Warehouse(tmp_path / "w.duckdb")
    sources = [SourceSettings(name=name, platform="slow") for name in ("sound", "strange")]
    loaded = {item.run.source_name: item for item in asyncio.run(extract(sources, NIGHT, warehouse, tmp_path / "landing"))}
    assert (loaded["sound"].run.status, loaded["sound"].new_count) == ("succeeded", 1)
    assert (loaded["strange"].run.status, loaded["strange"].new_count) == ("failed", 0)
    error = loaded["strange"].run.error
    assert error is not None
    assert error.startswith("what it brought cannot be loaded: 20260910-strange-1 was set aside to landing/broken/20260910-strange-1: ")
    with warehouse.connect() as connection:
        found = connection.execute("select source_name from raw_ops.cursors").fetchall()
        runs = connection.execute("select source_name, status from raw_ops.source_runs order by 1").fetchall()
    assert found == [("sound",)]
    assert runs == [("sound", "succeeded"), ("strange", "failed")]
    assert [path.name for path in (tmp_path / "landing").iterdir()] == ["broken"]
