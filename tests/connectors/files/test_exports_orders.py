"""Orders as Shopify, WooCommerce and Stripe export them."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.extraction import Extraction
from connectors.settings import TableDialect
from tests.connectors.files.test_exports import EXPORTS, night_of, payloads
from tests.connectors.files.test_files import read

Make = Callable[..., Extraction]


def key(address: str) -> str:
    return hmac.digest(b"long and random", address.encode(), "sha256").hex()


async def test_shopify(extraction: Make, tmp_path: Path) -> None:
    night = await night_of(extraction, tmp_path, "shopify_orders.csv", dialect=TableDialect())
    one, part, cancelled = payloads(night, "orders")
    assert one == {
        "order_id": "shopify:5550001",
        "ordered_at": "2026-09-02T08:00:00Z",
        "customer_key": key("nell@home.example"),
        "quantity": 3,
        "revenue": "88.15",
        "currency": "EUR",
        "promo_code": "ADA10",
        "sku": "MB-PRESS\nMB-FILTER",
        "product_name": "Morrowbean Press\nPaper filters",
        "tags": "ada, vip",
        "utm_source": "instagram",
        "utm_medium": "social",
        "utm_campaign": "autumn",
        "utm_term": "press",
        "referrer": "https://blog.example/press",
        "heard_from": "a podcast",
    }
    assert (part["revenue"], cancelled["revenue"]) == ("100.00", "20.00")
    assert payloads(night, "refunds") == [
        {
            "refund_id": "shopify:5550002",
            "order_id": "shopify:5550002",
            "refunded_at": "2026-09-03T06:00:00Z",
            "revenue": "50.00",
            "currency": "EUR",
        },
        {
            "refund_id": "shopify:5550003",
            "order_id": "shopify:5550003",
            "kind": "cancellation",
            "refunded_at": "2026-09-05T10:00:00Z",
            "currency": "EUR",
        },
    ]
    assert night.reasons == [
        "shopify_orders.csv line 16: is a line item of order #1001, whose first row does not stand above it",
        "shopify_orders.csv line 15: column revenue: '-5.00' is not an amount from 0 such as 19.90",
    ]
    assert {rejected.entity for page in night.pages for rejected in page.rejected} == {"orders"}
    assert night.notes == [
        "shopify_orders.csv: is read as Shopify's orders",
        "shopify_orders.csv: 3 orders that are voided or not paid (yet) are left out",
    ]


async def test_woocommerces_report(extraction: Make, tmp_path: Path) -> None:
    night = await night_of(extraction, tmp_path, "woocommerce_report.csv")
    assert payloads(night, "orders") == [
        {
            "order_id": "woocommerce:3001",
            "ordered_at": "2026-09-02T08:00:00Z",
            "quantity": 3,
            "revenue": "88.15",
            "currency": "EUR",
            "promo_code": "ada10",
            "product_name": "Morrowbean Press\nPaper filters, large",
            "utm_source": "instagram",
        },
        {
            "order_id": "woocommerce:3002",
            "ordered_at": "2026-09-03T06:00:00Z",
            "quantity": 1,
            "revenue": "50.00",
            "currency": "EUR",
            "product_name": "Morrowbean Press Go",
        },
    ]
    (refund,) = payloads(night, "refunds")
    assert (refund["order_id"], refund["refunded_at"], refund["revenue"]) == ("woocommerce:3002", "2026-09-04T06:00:00Z", "50.00")
    assert night.reasons == ["woocommerce_report.csv line 6: column Net Sales: 'ten' is not a number"]


@pytest.mark.parametrize(
    ("dialect", "told"),
    [
        (TableDialect(currency="EUR"), "which tell no timezone: add csv: {timezone: Europe/Berlin} to the source"),
        (TableDialect(timezone="Europe/Berlin"), "which tell no currency: add csv: {currency: EUR} to the source"),
    ],
)
async def test_what_woocommerce_leaves_untold_is_asked_for_once_and_the_file_is_read_then(
    extraction: Make, tmp_path: Path, dialect: TableDialect, told: str
) -> None:
    night = await night_of(extraction, tmp_path, "woocommerce_report.csv", dialect=dialect)
    assert (night.records, told in night.error) == ([], True)
    assert len((await night_of(extraction, tmp_path)).records) == 3


async def test_the_import_export_suite_of_woocommerce(extraction: Make, tmp_path: Path) -> None:
    night = await night_of(extraction, tmp_path, "woocommerce_suite.csv")
    one, part, back = payloads(night, "orders")
    assert one == {
        "order_id": "woocommerce:4001",
        "ordered_at": "2026-09-02T08:00:00Z",
        "customer_key": key("nell@home.example"),
        "quantity": 3,
        "revenue": "88.15",
        "currency": "EUR",
        "promo_code": "ADA10",
        "sku": "MB-PRESS\nMB-FILTER",
        "product_name": "Morrowbean Press\nPaper filters",
        "utm_source": "instagram",
        "referrer": "https://www.instagram.com/",
    }
    assert (part["ordered_at"], back["revenue"]) == ("2026-09-03T06:30:00Z", "20.00")
    assert [(row["refund_id"], row["refunded_at"], row.get("revenue")) for row in payloads(night, "refunds")] == [
        ("woocommerce:4002:1", "2026-09-05T10:00:00Z", "50.00"),
        ("woocommerce:4003:1", "2026-09-04T06:00:00Z", None),
    ]
    assert night.notes[-1] == "woocommerce_suite.csv: 1 orders that are cancelled, failed or not paid (yet) are left out"


async def test_stripe(extraction: Make, tmp_path: Path) -> None:
    night = await night_of(extraction, tmp_path, "stripe_payments.csv", dialect=TableDialect())
    orders = payloads(night, "orders")
    assert orders[0] == {
        "order_id": "stripe:ch_1",
        "ordered_at": "2026-09-02T08:00:00Z",
        "customer_key": key("nell@home.example"),
        "revenue": "1000.00",
        "currency": "EUR",
        "sku": "MB-PRESS",
        "utm_source": "instagram",
    }
    assert [(row["refund_id"], row["refunded_at"], row["revenue"]) for row in payloads(night, "refunds")] == [
        ("stripe:ch_2", "2026-09-06T10:00:00Z", "59.50"),
        ("stripe:ch_3", "2026-09-04T06:00:00Z", "23.80"),
    ]
    assert len(orders) == 3
    assert night.reasons == [
        "stripe_payments.csv line 6: 'not a time' is not a time such as 2026-09-01 10:00:00 +0200",
        "stripe_payments.csv line 7: column brand_id: is empty, expected text without NUL characters; of sku, product_name one is enough",
    ]


async def test_customers_need_a_key_to_be_hashed_with(extraction: Make, tmp_path: Path) -> None:
    (tmp_path / "orders_export_1.csv").write_bytes((EXPORTS / "shopify_orders.csv").read_bytes())
    night = await read(extraction, tmp_path)
    assert night.records == []
    assert "add secrets: {hash_key: GROUNDSWELL_HASH_KEY}" in night.error
    assert "home.example" not in night.error


async def test_a_header_that_is_nearly_known_names_the_format_and_what_it_lacks(extraction: Make, tmp_path: Path) -> None:
    text = (EXPORTS / "shopify_orders.csv").read_text().replace("Financial Status", "Paid?", 1).replace("Total", "Sum", 1)
    for name in ("autumn.csv", "orders.csv"):
        (tmp_path / name).write_text(text)
    night = await read(extraction, tmp_path)
    nearest = "; the nearest known format is Shopify's orders, which has Financial Status, Total too"
    assert night.notes == [f"autumn.csv is not read: its header is of no format that is known{nearest}"]
    assert night.error.startswith("orders.csv has no column order_id")
    assert night.error.endswith(nearest)


async def test_an_order_without_end_is_none(extraction: Make, tmp_path: Path) -> None:
    lines = (EXPORTS / "shopify_orders.csv").read_text().split("\n")
    endless = lines[9].replace("#1002", "#9").replace("5550002", "59")
    assert endless.startswith("#9,")
    more = "#9" + "," * (lines[0].count(","))
    (tmp_path / "shopify.csv").write_text("\n".join([lines[0], endless, *[more] * 10_000, lines[9]]))
    night = await night_of(extraction, tmp_path)
    assert [record.native_id for record in night.records] == ["shopify:5550002", "shopify:5550002"]
    assert night.reasons == ["shopify.csv line 2: is the first of 10001 rows of one Name"]
