"""Posts that are no longer young, night after night: each has its turn in time, and a deletion is learnt. No request is made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from connectors.extraction import Extraction, Platform
from connectors.settings import SourceSettings
from connectors.source import Page, Record, Source, Tombstone
from orchestration.nightly import extraction
from orchestration.nightly.extraction import Budget, extract
from orchestration.settings import Night
from orchestration.warehouse.warehouse import Warehouse

BEGIN = date(2026, 9, 1)
DAYS = 7
POSTS = 30


@dataclass
class Old:
    """A platform that tells all of its posts on the first night, and later only what became of those that it is asked for.

    is_terse: by saying which are still there.
    """

    is_terse: bool = False
    gone: set[str] = field(default_factory=set)
    asked: list[list[str]] = field(default_factory=list)

    async def fetch(self, job: Extraction) -> AsyncIterator[Page]:
        told = {f"p{number:02}" for number in range(POSTS)} if not job.cursor else {known.lookup_key for known in job.young}
        self.asked.append(sorted(told))
        written = datetime(2026, 7, 1, tzinfo=UTC)
        assert all(known.is_old for known in job.young)
        is_terse = self.is_terse and bool(job.cursor)
        yield Page(
            "https://old.example",
            [Record("posts", name, {"id": name}, written, name) for name in sorted(told - self.gone) if not is_terse],
            [Tombstone("posts", name) for name in sorted(told & self.gone)],
            cursor={"until": job.window.end.isoformat()},
            still=[known for known in job.young if known.native_id not in self.gone] if is_terse else (),
        )


def run(old: Old, folder: Path, monkeypatch: pytest.MonkeyPatch, nights: int, *, budget: Budget = Budget(), days: int = DAYS) -> Warehouse:  # noqa: B008
    async def check(job: Extraction) -> str:
        return "there"

    platform: Platform = Source(
        "old", "blogs", {"posts": "One row per post."}, frozenset(), old.fetch, check, requests_per_second=1, rechecks=frozenset({"posts"})
    )
    monkeypatch.setattr(extraction, "platforms", lambda: {"old": platform})
    warehouse = Warehouse(folder / "w.duckdb")
    for number in range(nights):
        day = BEGIN + timedelta(days=number)
        night = Night(day, datetime(day.year, day.month, day.day, 2, tzinfo=UTC) + timedelta(days=1))
        sources = [SourceSettings(name="old", platform="old")]
        asyncio.run(extract(sources, night, warehouse, folder / "landing", budget, recheck_days=days))
    return warehouse


@pytest.mark.parametrize("is_terse", [False, True])
def test_each_has_its_turn_within_the_days_and_a_deletion_is_learnt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_terse: bool
) -> None:
    old = Old(is_terse=is_terse)
    warehouse = run(old, tmp_path, monkeypatch, DAYS + 1)
    first, *later = old.asked
    assert len(first) == POSTS
    assert {name for night in later for name in night} == set(first)
    assert all(len(night) <= POSTS // DAYS + 1 for night in later)
    old.gone.add("p07")
    run(old, tmp_path / "again", monkeypatch, DAYS + 1)
    with Warehouse(tmp_path / "again" / "w.duckdb").connect() as connection:
        assert connection.execute("select native_id from raw_ops.tombstones").fetchall() == [("p07",)]
    with warehouse.connect() as connection:
        ((notes,),) = connection.execute("select notes from raw_ops.source_runs order by load_id desc limit 1").fetchall()
    assert notes == [f"older posts looked at again: 5 of {POSTS} whose words are held"]


def test_a_source_is_asked_for_no_longer_than_a_part_of_its_time_and_says_what_that_means(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Old()
    warehouse = run(old, tmp_path, monkeypatch, 2, budget=Budget(0.2, 10), days=2)  # a quarter of 12 seconds
    assert len(old.asked[1]) == 3
    with warehouse.connect() as connection:
        ((notes,),) = connection.execute("select notes from raw_ops.source_runs order by load_id desc limit 1").fetchall()
    assert "it takes 10 days until each is, longer than recheck_days (2) of retention.yaml" in notes[0]
