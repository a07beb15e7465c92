"""Tables as they come: what parts their cells, German numbers, times without a zone, spreadsheets."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from connectors.extraction import Extraction
from connectors.files.values import american_moment, moment, plain_number
from connectors.settings import TableDialect
from tests.connectors.files.test_files import POST, read

Make = Callable[..., Extraction]

ORDERS = "order_id;ordered_at;brand_id;revenue;currency;margin\n"


async def test_semicolons_are_known_by_the_header_and_german_numbers_where_they_are_certain(extraction: Make, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(
        ORDERS
        + "o1;2026-09-03T10:00:00Z;kestrel;19,90;EUR;-1,5\no2;2026-09-03T10:00:00Z;kestrel;1.234,56;EUR;\n"
        + "o3;2026-09-03T10:00:00Z;kestrel;1234.56;EUR;\no4;2026-09-03T10:00:00Z;kestrel;1.234;EUR;\n"
    )
    night = await read(extraction, tmp_path)
    assert [(record.native_id, record.payload["revenue"], record.payload["margin"]) for record in night.records] == [
        ("o1", "19.90", "-1.5"),
        ("o2", "1234.56", None),
        ("o3", "1234.56", None),
    ]
    (reason,) = night.reasons
    assert reason.startswith("orders.csv line 5: column revenue: '1.234 can be read in two ways, add csv: {decimal: ")


@pytest.mark.parametrize(("decimal", "revenue"), [(",", "1234"), (".", "1.234")])
async def test_what_can_be_read_in_two_ways_is_asked_for_once_and_the_file_is_read_again(
    extraction: Make, tmp_path: Path, decimal: str, revenue: str
) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS + "o4;2026-09-03T10:00:00Z;kestrel;1.234;EUR;\n")
    first = await read(extraction, tmp_path)
    assert first.records == []
    again = await read(extraction, tmp_path, cursor=first.cursor, csv=TableDialect(decimal=decimal))
    assert [record.payload["revenue"] for record in again.records] == [revenue]


async def test_times_without_a_zone_are_in_the_zone_that_the_entry_tells(extraction: Make, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(
        ORDERS + "o1;03.09.2026 10:00;kestrel;1;EUR;\no2;2026-12-03 10:00:00;kestrel;1;EUR;\no3;2026-09-03T10:00:00Z;kestrel;1;EUR;\n"
    )
    first = await read(extraction, tmp_path)
    assert [record.native_id for record in first.records] == ["o3"]
    assert "column ordered_at: '03.09.2026 10:00' is not a time with its zone" in first.reasons[0]
    again = await read(extraction, tmp_path, cursor=first.cursor, csv=TableDialect(timezone="Europe/Berlin"))
    assert [record.payload["ordered_at"] for record in again.records] == [
        "2026-09-03T08:00:00Z",
        "2026-12-03T09:00:00Z",
        "2026-09-03T10:00:00Z",
    ]


@pytest.mark.parametrize(
    ("text", "dialect", "number"),
    [
        ("1,000.00", {}, "1000.00"),
        ("1.000,00", {}, "1000.00"),
        ("12,5", {}, "12.5"),
        ("-1 234.50", {}, "-1234.50"),
        ("1\u202f234,50", {}, "1234.50"),
        ("1'234.50", {}, "1234.50"),
        ("1,000,000", {}, "1000000"),
        ("1,234", {"decimal": "."}, "1234"),
        ("1,234", {"decimal": ","}, "1.234"),
        ("0.1234", {}, "0.1234"),
    ],
)
def test_numbers(text: str, dialect: dict[str, str], number: str) -> None:
    assert plain_number(text, TableDialect.model_validate(dialect)) == number


@pytest.mark.parametrize("text", ["1,234", "ten", "", "1e5", "1,23,4", "NaN", "--1"])
def test_what_is_no_number_or_can_be_two_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"two ways|is not a number"):
        plain_number(text, TableDialect())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-09-02 10:00:00 +0200", "2026-09-02T10:00:00+02:00"),
        ("2026-09-02 08:00:00 UTC", "2026-09-02T08:00:00Z"),
        ("2026-09-02", "2026-09-02T00:00:00+02:00"),
        ("9/27/2026 1:05 PM", "2026-09-27T13:05:00+02:00"),
        ("9/27/2026 12:05 AM", "2026-09-27T00:05:00+02:00"),
    ],
)
def test_times(text: str, expected: str) -> None:
    assert american_moment(text, "Europe/Berlin") == expected


@pytest.mark.parametrize("text", ["0000-00-00", "2026-02-30", "27/09/2026", "now", "2026-09-02 10:00:00"])
def test_what_is_no_time_or_has_no_zone_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a time|has no zone|out of range|year 0|day is out"):
        moment(text, None)


async def test_a_spreadsheet_is_read_as_csv_is(extraction: Make, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        [*POST, "likes", "text", "mood"],
        ["p1", "blogs", "a1", datetime(2026, 9, 3, 12), 12.0, "=1+1", "glad"],
        [17, "blogs", "a1", "2026-09-03T10:00:00Z", "1,200", "plain", None],
        [],
        ["p3", "blogs", "a1", "2026-09-03T10:00:00Z", -1, None, None],
        ["p4", "radio", "a1", "2026-09-03T10:00:00Z"],
        ["p5", "blogs", "a1", "2026-09-03T10:00:00Z", None, None, None, "too far"],
    ):
        sheet.append(row)
    book.save(tmp_path / "posts.xlsx")
    night = await read(extraction, tmp_path, csv=TableDialect(timezone="Europe/Berlin"))
    assert [(record.native_id, record.payload["published_at"], record.payload["likes"]) for record in night.records] == [
        ("p1", "2026-09-03T10:00:00Z", 12),
        ("17", "2026-09-03T10:00:00Z", 1200),
        ("p3", "2026-09-03T10:00:00Z", None),
    ]
    assert [reason.split(": ")[0] for reason in night.reasons] == ["posts.xlsx row 7", "posts.xlsx row 6", "posts.xlsx row 5"]
    assert night.notes == ["posts.xlsx: columns that the schema does not know are left out: mood"]


def packed(parts: dict[str, bytes]) -> bytes:
    told = io.BytesIO()
    with zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return told.getvalue()


def sheet_of(*rows: list[object]) -> bytes:
    told, book = io.BytesIO(), openpyxl.Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(told)
    return told.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "posts.xlsx cannot be read as XLSX"),
        (b"PK\x03\x04 but not really", "posts.xlsx cannot be read as XLSX"),
        (packed({"a.xml": b"<a/>"}), "posts.xlsx cannot be read as XLSX"),
        (packed({"xl/worksheets/sheet1.xml": b" " * 2**26}), "posts.xlsx unpacks to more than"),
        (packed({f"{number}.xml": b"" for number in range(2_001)}), "posts.xlsx unpacks to more than"),
        (sheet_of(["id", "channel"], [1, 2]), "posts.xlsx has no column author_id, published_at: its columns are id, channel"),
        (sheet_of(), "posts.xlsx has no column id"),
    ],
)
async def test_a_spreadsheet_that_is_none_or_a_bomb_is_named(extraction: Make, tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "posts.xlsx").write_bytes(content)
    night = await read(extraction, tmp_path)
    assert (night.records, message in night.error) == ([], True)


async def test_a_spreadsheet_whose_parts_are_not_as_large_as_they_say_is_refused(extraction: Make, tmp_path: Path) -> None:
    content = bytearray(sheet_of([*POST], [*POST.values()]))
    at = content.find(b"xl/worksheets/sheet1.xml", content.find(b"PK\x01\x02"))
    content[at - 22 : at - 18] = (10).to_bytes(4, "little")  # the unpacked size, in the directory
    (tmp_path / "posts.xlsx").write_bytes(content)
    night = await read(extraction, tmp_path)
    assert (night.records, night.error[:10]) == ([], "posts.xlsx")


async def test_a_cell_at_the_far_corner_costs_no_memory(extraction: Make, tmp_path: Path) -> None:
    told, book = io.BytesIO(), openpyxl.Workbook()
    book.active["XFD1048576"] = "far"  # type: ignore[index]
    book.save(told)
    (tmp_path / "posts.xlsx").write_bytes(told.getvalue())
    night = await read(extraction, tmp_path)
    assert night.error.startswith("posts.xlsx has no column id")


async def test_other_tables_are_told_and_are_no_failure(extraction: Make, tmp_path: Path) -> None:
    (tmp_path / "stock.csv").write_text("sku,pieces\n1,2\n")
    (tmp_path / "stock.xlsx").write_bytes(sheet_of(["sku", "pieces"], [1, 2]))
    (tmp_path / "empty.csv").write_text("")
    night = await read(extraction, tmp_path)
    assert (night.records, night.error) == ([], "")
    assert night.notes == [
        f"{name} is not read: its header is of no format that is known" for name in ("empty.csv", "stock.csv", "stock.xlsx")
    ]


async def test_a_file_that_changes_is_read_again(extraction: Make, tmp_path: Path) -> None:
    (tmp_path / "stock.csv").write_text("sku,pieces\n1,2\n")
    first = await read(extraction, tmp_path)
    (tmp_path / "stock.csv").write_text("profile_name,media_url\nada,https://www.instagram.com/ada/\n")
    os.utime(tmp_path / "stock.csv", (1, 1))
    assert [record.native_id for record in (await read(extraction, tmp_path, cursor=first.cursor)).records] == ["instagram:ada"]
