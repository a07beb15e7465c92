"""A bad cell costs its row only what the row cannot do without."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.extraction import Extraction
from tests.connectors.files.test_files import POST, read

Make = Callable[..., Extraction]


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("edited_at", "0000-00-00", "is not a time with its zone such as 2026-09-01T10:00:00Z"),
        ("likes", "-1", "is not a whole number from 0"),
        ("likes", "many", "is not a whole number from 0"),
        ("likes", "9" * 30, "is not a whole number from 0"),
        ("text", "a\x00b", "is not text without NUL characters"),
        ("url", "javascript:alert(1)", "is not an http:// or https:// address"),
    ],
)
async def test_a_bad_cell_that_its_row_can_do_without_is_empty_and_told_and_the_row_stays(
    extraction: Make, tmp_path: Path, column: str, value: str, expected: str
) -> None:
    (tmp_path / "posts.ndjson").write_text("\n".join(map(json.dumps, [POST, {**POST, "id": "p2", column: value}])))
    night = await read(extraction, tmp_path)
    assert [(record.native_id, record.payload[column]) for record in night.records] == [("p1", None), ("p2", None)]
    (rejected,) = [rejected for page in night.pages for rejected in page.rejected]
    assert rejected.reason.startswith(f"posts.ndjson line 2: column {column}: '{value[:80]}' ")
    assert expected in rejected.reason
    assert rejected.reason.endswith("; the cell is left empty, the row is kept")
    assert rejected.payload == {column: value}


@pytest.mark.parametrize(
    ("column", "value"),
    [("kind", "return"), ("revenue", "-1"), ("revenue", "half"), ("margin", "much")],
)
async def test_a_cell_that_says_something_when_it_is_empty_is_never_emptied(
    extraction: Make, tmp_path: Path, column: str, value: str
) -> None:
    refund = {"refund_id": "r1", "order_id": "o1", "refunded_at": "2026-09-03T10:00:00Z", "currency": "EUR", column: value}
    (tmp_path / "refunds.ndjson").write_text(json.dumps(refund))
    night = await read(extraction, tmp_path)
    assert night.records == []
    assert night.reasons[0].startswith(f"refunds.ndjson line 1: column {column}: '{value}' is not ")
    assert "the row is kept" not in night.reasons[0]


async def test_an_order_needs_no_brand_where_a_sku_or_a_name_tells(extraction: Make, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(
        "order_id,ordered_at,revenue,currency,sku\no1,2026-09-03T10:00:00Z,1,EUR,KG-1\no2,2026-09-03T10:00:00Z,1,EUR,\n"
    )
    night = await read(extraction, tmp_path)
    assert [(record.native_id, record.payload["sku"], record.payload["brand_id"]) for record in night.records] == [("o1", "KG-1", None)]
    assert night.reasons[0].startswith("orders.csv line 3: column brand_id: is empty")
