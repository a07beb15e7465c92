"""Sixteen readers through SQLAlchemy while nights are published: no error, no mixed night."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.publishing.database import publish_to_database
from tests.real.nights import CATALOG, publish_night
from tests.real.readers import DUCKDB_URL, THREADS, Readers

pytestmark = pytest.mark.slow

ROWS = 5000
NIGHTS = range(2, 6)


def test_readers_of_the_file(tmp_path: Path) -> None:
    published = publish_night(tmp_path, 1, ROWS)
    with Readers(DUCKDB_URL.format(path=published), tmp_path) as readers:
        for night in NIGHTS:
            publish_night(tmp_path, night, ROWS)
    assert readers.told.errors == []
    assert len(readers.told.nights) > 1, "no reader saw a new night"
    assert len(readers.told.seconds) > 2 * THREADS


def test_readers_of_the_database(tmp_path: Path, new_database: Callable[[], str]) -> None:
    url = new_database()
    publish_to_database(url, publish_night(tmp_path, 1, ROWS), CATALOG)
    with Readers(url, tmp_path) as readers:
        for night in NIGHTS:
            publish_to_database(url, publish_night(tmp_path, night, ROWS), CATALOG)
    assert readers.told.errors == []
    assert len(readers.told.nights) > 1, "no reader saw a new night"
    assert len(readers.told.seconds) > 2 * THREADS
