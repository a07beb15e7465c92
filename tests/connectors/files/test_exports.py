"""Every export that is known: its rows are all accounted for, and nobody's address, telephone or name lands."""

from __future__ import annotations

import csv
import io
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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


DAMAGE = st.one_of(
    st.sampled_from(["", " ", "0", "-1", "1,234", "1.234,56", "NaN", "1e999", "9" * 40, "0000-00-00", "2026-13-45 99:99", "31/12/2026"]),
    st.sampled_from(
        ["=cmd()", "{", "[1]", "\x00", "\u202e", "\ud7ff", "https://[", "javascript:alert(1)", "paid", "https://x.com/a/status/1"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)


@pytest.mark.parametrize("path", sorted(EXPORTS.glob("*.csv")), ids=lambda path: path.stem)
@settings(max_examples=10)
@given(data=st.data())
def test_whatever_is_damaged_every_row_is_accounted_for(path: Path, data: st.DataObject) -> None:
    delimiter = {"meltwater_mentions": "\t", "talkwalker_results": ";"}.get(path.stem, ",")
    table = list(csv.reader(io.StringIO(path.read_text()), delimiter=delimiter))
    first = next(number for number, row in enumerate(table) if len(row) == max(map(len, table))) + 1
    for _ in range(data.draw(st.integers(1, 12))):
        row = table[data.draw(st.integers(first, len(table) - 1))]
        row[data.draw(st.integers(0, len(row) - 1))] = data.draw(DAMAGE)
    table[first:] = data.draw(st.permutations(table[first:]))
    with tempfile.TemporaryDirectory() as folder:
        damaged = Path(folder) / path.name
        with damaged.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=delimiter).writerows(table)
        with damaged.open(encoding="utf-8", newline="") as file:
            expected = sum(1 for row in list(csv.reader(file, delimiter=delimiter))[first:] if row)
        counted = 0
        for batch in batches(damaged, BERLIN):
            page, counts = sorted_out(damaged, batch, WINDOW, "long and random")
            counted += counts["records"] + counts["rejected"] + counts["left out"] + counts["waiting"]
            assert all(rejected.reason.startswith(path.name) for rejected in page.rejected)
    assert counted == expected


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.just([]),
    st.just({}),
    st.just({"a": [1]}),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    DAMAGE,
)


def damaged_at(value: Any, data: st.DataObject) -> Any:
    """The value with something else at a place in it."""
    if isinstance(value, dict) and value and data.draw(st.integers(0, 5)):
        key = data.draw(st.sampled_from(sorted(value)))
        return {**value, key: damaged_at(value[key], data)}
    if isinstance(value, list) and value and data.draw(st.integers(0, 5)):
        index = data.draw(st.integers(0, len(value) - 1))
        return [*value[:index], damaged_at(value[index], data), *value[index + 1 :]]
    return data.draw(JUNK)


@settings(max_examples=30)
@given(data=st.data())
def test_whatever_a_captured_line_holds_it_is_accounted_for(data: st.DataObject) -> None:
    found = [json.loads(line) for line in (EXPORTS / "zeeschuimer.ndjson").read_text().splitlines()[:8]]
    rows = [found[0], *(damaged_at(item, data) for item in found)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "captured.ndjson"
        path.write_text("\n".join(map(json.dumps, rows)))
        counted = 0
        for batch in batches(path, TableDialect()):
            _, counts = sorted_out(path, batch, WINDOW, None)
            counted += counts["records"] + counts["rejected"] + counts["left out"] + counts["waiting"]
    assert counted == len(rows)


@settings(max_examples=30)
@given(data=st.data())
def test_whatever_an_archive_holds_its_items_are_accounted_for(data: st.DataObject) -> None:
    found = json.loads((EXPORTS / "outbox.json").read_text())
    items = [damaged_at(item, data) for item in found["orderedItems"]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "outbox.json"
        path.write_text(json.dumps({**found, "orderedItems": items}))
        counted = 0
        for batch in batches(path, TableDialect()):
            _, counts = sorted_out(path, batch, WINDOW, None)
            counted += counts["records"] + counts["rejected"] + counts["left out"] + counts["waiting"]
    assert counted == len(items)
