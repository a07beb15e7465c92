"""Sources that take longer than they may: cut off, kept, noted, and gone on with the next night. No second passes."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.extraction import Extraction, Platform
from connectors.settings import SourceSettings
from connectors.source import Page, Record, Source
from orchestration.nightly import extraction
from orchestration.nightly.extraction import Budget, extract
from orchestration.settings import Night
from orchestration.warehouse.cursors import read_cursor
from orchestration.warehouse.landing import Landing
from orchestration.warehouse.load import Loaded
from orchestration.warehouse.warehouse import Warehouse

NIGHTS = [Night(date(2026, 9, day), datetime(2026, 9, day + 1, 2, tzinfo=UTC)) for day in (10, 11)]
HOUR = 3600


class Impatient(selectors.SelectSelector):
    """Waits for nothing: where nothing has come, the time that would have been waited has passed."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or not timeout:
            return super().select(timeout)
        came = super().select(0.05)  # a thread that loads tells of itself within this
        if not came:
            self.skipped += timeout
        return came


class Loop(asyncio.SelectorEventLoop):
    """Its time is that which passed and that which was not waited for."""

    def __init__(self) -> None:
        self.impatient = Impatient()
        super().__init__(self.impatient)

    def time(self) -> float:
        return super().time() + self.impatient.skipped


@dataclass
class Slow:
    """A platform with an item an hour; `tells`: a cursor with each page, or only at the end."""

    hours: int = 5
    tells: bool = False
    waits: bool = True
    jobs: list[Extraction] = field(default_factory=list)

    async def fetch(self, job: Extraction) -> AsyncIterator[Page]:
        self.jobs.append(job)
        for hour in range(job.cursor.get("hour", -1) + 1, self.hours):
            if self.waits:
                await asyncio.sleep(HOUR)
            else:  # an hour's work that never lets go
                loop = asyncio.get_running_loop()
                assert isinstance(loop, Loop)
                loop.impatient.skipped += HOUR
            yield Page("https://slow.example", [Record("posts", str(hour), {"hour": hour})], cursor={"hour": hour} if self.tells else None)
        yield Page("https://slow.example", cursor={"hour": self.hours})


@dataclass
class Nightly:
    """Extractions of one source into a warehouse of its own."""

    warehouse: Warehouse
    landing: Path
    slow: Slow

    def run(self, night: Night, budget: Budget, *, again: bool = False) -> Loaded:
        sources = [SourceSettings(name="slow", platform="slow")]
        with asyncio.Runner(loop_factory=Loop) as runner:
            (loaded,) = runner.run(extract(sources, night, self.warehouse, self.landing, budget, again=again))
        return loaded

    def cursor(self) -> Any:
        with self.warehouse.connect() as connection:
            return read_cursor(connection, "slow")

    def ids(self) -> list[str]:
        with self.warehouse.connect() as connection:
            return [row[0] for row in connection.execute("select native_id from raw_slow.posts order by 1").fetchall()]


@pytest.fixture
def nightly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Slow], Nightly]:
    def make(slow: Slow) -> Nightly:
        async def check(job: Extraction) -> str:
            return "there"

        platform: Platform = Source("slow", "blogs", {"posts": "One row per post."}, frozenset(), slow.fetch, check)
        monkeypatch.setattr(extraction, "platforms", lambda: {"slow": platform})
        return Nightly(Warehouse(tmp_path / "w.duckdb"), tmp_path / "landing", slow)

    return make


@pytest.mark.parametrize(
    ("budget", "setting"),
    [(Budget(150, 240), "150 minutes (GROUNDSWELL_SOURCE_MINUTES)"), (Budget(600, 150), "150 minutes (GROUNDSWELL_NIGHT_MINUTES)")],
)
@pytest.mark.parametrize("waits", [True, False])
def test_what_is_not_done_is_cut_off_kept_and_noted(nightly: Callable[[Slow], Nightly], budget: Budget, setting: str, waits: bool) -> None:
    running = nightly(Slow(waits=waits))
    loaded = running.run(NIGHTS[0], budget)
    assert (loaded.run.status, loaded.run.error) == ("unfinished", None)
    assert loaded.run.notes == [f"cut off after {setting}: what came is kept, and the next night goes on"]
    assert running.ids() == (["0", "1"] if waits else ["0", "1", "2", "3"])  # where nothing is waited for, it is noticed a page later
    assert running.cursor() == {}


def test_the_next_night_begins_where_this_one_began_without_a_cursor(nightly: Callable[[Slow], Nightly]) -> None:
    running = nightly(Slow())
    running.run(NIGHTS[0], Budget(150, 240))
    done = running.run(NIGHTS[1], Budget(600, 600))
    first, second = running.slow.jobs
    assert second.window.start == NIGHTS[1].end - (NIGHTS[0].end - first.window.start)  # still the whole history
    assert (done.run.status, done.record_count, done.new_count) == ("succeeded", 5, 3)


def test_it_goes_on_from_the_last_cursor_that_was_given(nightly: Callable[[Slow], Nightly]) -> None:
    running = nightly(Slow(tells=True))
    running.run(NIGHTS[0], Budget(150, 240))
    assert running.cursor() == {"hour": 1}
    done = running.run(NIGHTS[1], Budget(600, 600))
    assert (done.record_count, done.new_count) == (3, 3)
    assert running.ids() == ["0", "1", "2", "3", "4"]
    assert running.cursor() == {"hour": 5}


def test_a_source_within_its_budget_is_not_touched(nightly: Callable[[Slow], Nightly]) -> None:
    loaded = nightly(Slow()).run(NIGHTS[0], Budget(301, 600))
    assert (loaded.run.status, loaded.run.notes, loaded.record_count) == ("succeeded", [], 5)


def test_again_reads_from_where_the_night_before_ended(nightly: Callable[[Slow], Nightly]) -> None:
    running = nightly(Slow())
    for night in NIGHTS:
        running.run(night, Budget(600, 600))
    running.run(NIGHTS[1], Budget(600, 600), again=True)
    *_, second, again = running.slow.jobs
    assert (second.window, again.window) == (again.window, second.window)
    assert (second.window.start, again.cursor) == (NIGHTS[0].end, {})
    running.slow.hours = 4
    running.run(NIGHTS[0], Budget(600, 600), again=True)
    assert running.cursor() == {"hour": 5}  # the newer night's


def test_a_segment_of_tonight_that_breaks_fails_its_source_and_not_the_night(
    nightly: Callable[[Slow], Nightly], monkeypatch: pytest.MonkeyPatch
) -> None:
    running = nightly(Slow(tells=True))
    complete = Landing.complete

    def break_it(landing: Landing) -> None:
        complete(landing)
        for segment in landing.folder.glob("*.parquet"):
            segment.write_bytes(segment.read_bytes()[:40])

    monkeypatch.setattr(Landing, "complete", break_it)
    loaded = running.run(NIGHTS[0], Budget(600, 600))
    assert loaded.run.status == "failed"
    assert loaded.run.error is not None
    assert loaded.run.error.startswith(
        "what it brought cannot be loaded: 20260910-slow-1 was set aside to landing/broken/20260910-slow-1: "
    )
    assert running.cursor() == {}
    monkeypatch.setattr(Landing, "complete", complete)
    done = running.run(NIGHTS[1], Budget(600, 600))
    assert (done.run.status, done.record_count) == ("succeeded", 5)
