"""Orders and refunds of files: customers are hashed wherever their row ends up, and what is no order is named."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.extraction import Extraction
from tests.connectors.files.test_files import Night, read

Make = Callable[..., Extraction]

ADDRESS = "ada@shop.example"
ORDER = {"order_id": "o1", "ordered_at": "2026-09-03T10:00:00Z", "brand_id": "kestrel", "revenue": "19.90", "currency": "EUR"}


async def read_with_key(make: Make, folder: Path, key: str = "long and random") -> Night:
    return await read(make, folder, secrets={"hash_key": "GROUNDSWELL_HASH_KEY"}, secret_values={"hash_key": SecretStr(key)})


def write(folder: Path, *orders: dict[str, Any]) -> None:
    (folder / "orders.ndjson").write_text("\n".join(map(json.dumps, orders)))


async def test_a_customer_is_the_same_hash_in_all_orders_and_another_under_another_key(extraction: Make, tmp_path: Path) -> None:
    write(
        tmp_path,
        *({**ORDER, "order_id": number, "customer_key": key} for number, key in ((1, ADDRESS), (2, f" {ADDRESS} "), (3, "bo"), (4, " "))),
    )
    keys = [record.payload["customer_key"] for record in (await read_with_key(extraction, tmp_path)).records]
    expected = hmac.new(b"long and random", ADDRESS.encode(), "sha256").hexdigest()
    assert keys == [expected, expected, keys[2], None]
    assert keys[2] not in (expected, "bo")
    others = [record.payload["customer_key"] for record in (await read_with_key(extraction, tmp_path, "another")).records]
    assert set(keys) & set(others) == {None}


async def test_no_plain_customer_is_kept_with_a_bad_row(extraction: Make, tmp_path: Path) -> None:
    write(tmp_path, {**ORDER, "customer_key": ADDRESS, "revenue": "-5"})
    (tmp_path / "orders-broken.csv").write_text(f"{','.join(ORDER)},customer_key\n{','.join(ORDER.values())},{ADDRESS},too,many\n")
    night = await read_with_key(extraction, tmp_path)
    assert sorted(night.reasons) == [
        "orders-broken.csv line 2: has 8 fields, expected 6",
        "orders.ndjson line 1: column revenue: '-5' is not an amount from 0 such as 19.90",
    ]
    assert ADDRESS not in repr(night.pages)


async def test_customers_without_a_key_are_refused_and_other_files_are_read(extraction: Make, tmp_path: Path) -> None:
    write(tmp_path, {**ORDER, "customer_key": ADDRESS})
    (tmp_path / "orders-anonymous.ndjson").write_text(json.dumps({**ORDER, "order_id": "o2"}))
    night = await read(extraction, tmp_path)
    assert [record.native_id for record in night.records] == ["o2"]
    assert "add secrets: {hash_key: GROUNDSWELL_HASH_KEY}" in night.error
    assert ADDRESS not in night.error
    assert set(night.cursor["files"]) == {"orders-anonymous.ndjson"}


async def test_every_evidence_of_an_order_is_kept(extraction: Make, tmp_path: Path) -> None:
    told = {
        "kind": "sign_up", "product_id": "kestrel_glide", "customer_author_id": "mastodon:ada", "margin": "-1.5", "promo_code": "ADA10",
        "utm_source": "murmur", "utm_medium": "social", "utm_campaign": "autumn", "utm_term": "x", "utm_content": "ada",
        "referrer": "https://blog.example/press", "heard_from": "a podcast", "sku": "KG-1", "product_name": "Glide", "tags": "autumn",
    }  # fmt: skip
    write(tmp_path, ORDER | told)
    (record,) = (await read(extraction, tmp_path)).records
    assert record.payload == {**ORDER, **told, "customer_key": None, "quantity": None}


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("kind", "return", "is not one of order, sign_up"),
        ("currency", "euro", "is not an ISO 4217 code"),
        ("revenue", "", "is empty, expected an amount from 0"),
        ("margin", "much", "is not a number such as 19.90"),
        ("referrer", "javascript:alert(1)", "is not an http:// or https:// address"),
    ],
)
async def test_a_bad_order_is_rejected_with_the_reason(extraction: Make, tmp_path: Path, column: str, value: str, expected: str) -> None:
    write(tmp_path, ORDER | {column: value})
    (reason,) = (await read(extraction, tmp_path)).reasons
    assert f"column {column}: " in reason
    assert expected in reason


async def test_refunds_and_cancellations_are_rows_of_their_own(extraction: Make, tmp_path: Path) -> None:
    (tmp_path / "refunds.csv").write_text(
        "refund_id,order_id,kind,refunded_at,revenue,currency\nr1,o1,,2026-09-04T10:00:00Z,5,EUR\n"
        "r2,o1,cancellation,2026-09-05T10:00:00Z,,EUR\nr3,,refund,2026-09-05T10:00:00Z,-1,EUR\n"
    )
    night = await read(extraction, tmp_path)
    assert [(record.entity, record.native_id, record.payload["revenue"]) for record in night.records] == [
        ("refunds", "r1", "5"), ("refunds", "r2", None),
    ]  # fmt: skip
    (reason,) = night.reasons
    assert "column order_id: is empty" in reason
    assert "column revenue: '-1' is not an amount from 0" in reason
