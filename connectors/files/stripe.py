"""Payments as Stripe's dashboard exports them, a row each."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from connectors.files.formats import Cells, LeftOut, Made, TableFormat, first
from connectors.files.values import amount, harmless, moment, money, without_tax
from connectors.settings import TableDialect

_PAID = {"paid", "refunded", "partially refunded", "partial refund", "succeeded"}
_TAGS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")


def _payment(rows: Sequence[Cells], dialect: TableDialect) -> Made:
    (row,) = rows
    if row.get("status", "").lower() not in _PAID or row.get("captured", "true").lower() == "false":
        raise LeftOut("payments that failed or were not captured")
    total = amount(row.get("amount"), dialect, "Amount")
    if total is None:
        raise ValueError("column Amount: is empty")
    revenue = total - (amount(row.get("tax"), dialect, "Tax") or Decimal(0))
    refunded = amount(row.get("amount_refunded"), dialect, "Amount Refunded") or Decimal(0)
    at = moment(first(row, "Created (UTC)", "Created date (UTC)") or "", "UTC")
    number, currency = f"stripe:{row['id']}", row.get("currency", "").upper()
    order = {
        "order_id": number,
        "ordered_at": at,
        "customer_key": (first(row, "Customer Email", "Customer ID") or "").lower() or None,
        "revenue": money(revenue),
        "currency": currency,
        "promo_code": first(row, "promo_code (metadata)", "coupon (metadata)", "discount_code (metadata)"),
        "product_id": first(row, "product_id (metadata)"),
        "sku": first(row, "sku (metadata)"),
        "product_name": first(row, "product (metadata)", "product_name (metadata)"),
        **{tag: harmless(first(row, f"{tag} (metadata)")) for tag in _TAGS},
    }
    if refunded <= 0:
        return [("orders", order)]
    back = first(row, "Refunded date (UTC)")
    refund = {
        "refund_id": number,
        "order_id": number,
        "refunded_at": moment(back, "UTC") if back else at,
        "revenue": money(without_tax(refunded, total, revenue)),
        "currency": currency,
    }
    return [("orders", order), ("refunds", refund)]


FORMATS = (
    TableFormat(
        "Stripe's payments",
        "orders",
        signs=(("id",), ("Created (UTC)", "Created date (UTC)"), ("Amount",), ("Amount Refunded",), ("Currency",), ("Status",)),
        make=_payment,
    ),
)
