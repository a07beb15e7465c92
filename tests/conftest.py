"""What several test modules share."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import pytest

from connectors.extraction import Extraction, Platform
from connectors.http import Http
from connectors.settings import Limits, SourceSettings
from connectors.source import Cursor, Known, Page, Window
from orchestration.settings import room_models
from tests.homes import make_sandbox_home

ROOT = Path(__file__).parents[1]
TOLD = ("GROUNDSWELL_", "DAGSTER_", "DBT_")
hypothesis.settings.register_profile("untimed", deadline=None)  # a busy machine is no defect
hypothesis.settings.load_profile("untimed")
os.environ["GROUNDSWELL_MODELS"] = room_models()  # for every dbt that a test starts
_home = tempfile.TemporaryDirectory(prefix="groundswell-")  # of tests that need no home of their own
os.environ["GROUNDSWELL_HOME"] = str(make_sandbox_home(Path(_home.name)))
os.environ.pop("GROUNDSWELL_DATA", None)
WINDOW = Window(datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole nights begin first, then what else is slow, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: (item.get_closest_marker("slow") is None, "nightly" not in item.path.parts))


@pytest.fixture(autouse=True)
def _own_environment() -> Iterator[None]:
    """What a command tells Dagster and dbt by environment (Settings.export) is gone when the test ends."""
    before = {name: value for name, value in os.environ.items() if name.startswith(TOLD)}
    yield
    for name in [name for name in os.environ if name.startswith(TOLD)]:
        del os.environ[name]
    os.environ.update(before)


@pytest.fixture(scope="session")
def payloads() -> Path:
    """Recorded answers of real servers; they are not part of the project."""
    folder = Path(os.environ.get("GROUNDSWELL_PAYLOADS", ROOT.parent / "shared" / "payloads"))
    if not folder.is_dir():
        pytest.skip(f"no recorded payloads at {folder}: set GROUNDSWELL_PAYLOADS to run the tests that read them")
    return folder


async def no_wait(seconds: float) -> None:
    """Stands in for asyncio.sleep: tests never sleep."""


async def public_address(host: str) -> list[str]:
    """Stands in for DNS: every name is a public address."""
    return ["203.0.113.10"]


def make_extraction(
    source: Platform,
    handler: Callable[[httpx.Request], httpx.Response],
    *,
    window: Window = WINDOW,
    cursor: Cursor | None = None,
    young: Sequence[Known] = (),
    limits: Limits | None = None,
    **settings: Any,
) -> Extraction:
    """An Extraction of a source against a function from request to response."""
    entry = SourceSettings(name="under_test", platform=source.platform, limits=limits or Limits(requests_per_second=1000), **settings)
    http = Http(entry, transport=httpx.MockTransport(handler), wait=no_wait, resolve=public_address)
    return Extraction(settings=entry, http=http, window=window, cursor=cursor or {}, young=young)


@pytest.fixture
def extraction() -> Callable[..., Extraction]:
    """What makes an Extraction, as `make_extraction`."""
    return make_extraction


async def collect(pages: AsyncIterator[Page]) -> list[Page]:
    """All pages of a fetch."""
    return [page async for page in pages]
