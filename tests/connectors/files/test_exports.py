"""Every export that is known: its rows are all accounted for, and nobody's address, telephone or name lands."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from connectors.extraction import Extraction
from connectors.files.batches import batches, sorted_out
from connectors.files.exports import TABLES
from connectors.files.reading import opened
from connectors.settings import TableDialect
from tests.conftest import WINDOW
from tests.connectors.files.test_files import Night, read

Make = Callable[..., Extraction]

EXPORTS = Path(__file__).parent / "exports"
BERLIN = TableDialect(timezone="Europe/Berlin", currency="EUR")
ABOVE = {"brandwatch_mentions": 5, "google_analytics": 9}
"""How many rows stand above the table."""

PRIVATE = ("home.example", "Larch Lane", "Quill", "555 0100", "198.51.100", "card_1")


async def night_of(make: Make, folder: Path, *names: str, dialect: TableDialect = BERLIN) -> Night:
    """What a night makes of copies of these exports."""
    for name in names:
        shutil.copy(EXPORTS / name, folder / name)
    return await read(
        make, folder, csv=dialect, secrets={"hash_key": "GROUNDSWELL_HASH_KEY"}, secret_values={"hash_key": SecretStr("long and random")}
    )


def payloads(night: Night, entity: str) -> list[dict[str, object]]:
    """What is said of each record of an entity."""
    return [
        {name: value for name, value in record.payload.items() if value is not None} for record in night.records if record.entity == entity
    ]


def rows_in(path: Path) -> int:
    """How many rows a table has under its header, counted without what is tested."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return sum(1 for row in csv.reader(file) if row) - 1 - ABOVE.get(path.stem, 0)


@pytest.mark.parametrize("path", sorted(EXPORTS.glob("*.csv")), ids=lambda path: path.stem)
def test_rows_read_are_records_rejected_or_left_out(path: Path) -> None:
    read_rows = kept = 0
    for batch in batches(path, BERLIN):
        _, counts = sorted_out(path, batch, WINDOW, "long and random")
        kept += counts["records"]
        read_rows += counts["records"] + counts["rejected"] + counts["left out"] + counts["waiting"]
    assert read_rows == rows_in(path)
    assert kept


@pytest.mark.parametrize("path", sorted(EXPORTS.iterdir()), ids=lambda path: path.name)
async def test_nobody_is_named(extraction: Make, tmp_path: Path, path: Path) -> None:
    night = await night_of(extraction, tmp_path, path.name)
    assert night.error == ""
    assert night.records
    assert [private for private in PRIVATE if private in repr(night.pages)] == []
    assert f"{path.name}: is read as {opened(path, BERLIN).format}" in night.notes


def test_every_format_of_tables_has_an_export_made_after_it() -> None:
    assert {opened(path, BERLIN).format for path in EXPORTS.glob("*.csv")} == {found.name for found in TABLES}
