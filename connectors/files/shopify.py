"""Orders as Shopify's admin exports them: a row for each line item, what is of the order itself in the first of them alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from connectors.files.formats import Cells, LeftOut, Made, TableFormat, first
from connectors.files.values import amount, harmless, moment, money, tags_of, without_tax
from connectors.settings import TableDialect

_PAID = {"paid", "partially_refunded", "refunded"}
_HEARD = re.compile(r"how.*hear|heard|where did you find|referr?ed by", re.IGNORECASE)


def _order(rows: Sequence[Cells], dialect: TableDialect) -> Made:
    order = rows[0]
    if "financial_status" not in order and "created_at" not in order:
        raise ValueError(f"is a line item of order {order.get('name', '')[:80]}, whose first row does not stand above it")
    if order.get("financial_status", "").lower() not in _PAID:
        raise LeftOut("orders that are voided or not paid (yet)")
    total = amount(order.get("total"), dialect, "Total")
    if total is None:
        raise ValueError("column Total: is empty")
    revenue = total - (amount(order.get("taxes"), dialect, "Taxes") or Decimal(0))
    refunded = amount(order.get("refunded_amount"), dialect, "Refunded Amount") or Decimal(0)
    at = moment(order.get("created_at", ""), dialect.timezone)
    cancelled_at = first(order, "Cancelled at", "Canceled at")
    number, currency = order.get("id") or order["name"], order.get("currency", "").upper()
    refund = {"refund_id": f"shopify:{number}", "order_id": f"shopify:{number}", "currency": currency}
    made: list[tuple[str, dict[str, str | None]]] = [
        (
            "orders",
            {
                "order_id": f"shopify:{number}",
                "ordered_at": at,
                "customer_key": order["email"].lower() if "email" in order else None,
                "quantity": _quantity(rows),
                "revenue": money(revenue),
                "currency": currency,
                "promo_code": _code(order.get("discount_code")),
                "sku": _listed(rows, "lineitem_sku"),
                "product_name": _listed(rows, "lineitem_name"),
                "tags": ", ".join(tag for tag in map(str.strip, order.get("tags", "").split(",")) if tag and harmless(tag)) or None,
                **_attributes(order.get("note_attributes", "")),
            },
        )
    ]
    if cancelled_at:
        made.append(("refunds", {**refund, "kind": "cancellation", "refunded_at": moment(cancelled_at, dialect.timezone)}))
    elif refunded > 0:
        made.append(("refunds", {**refund, "refunded_at": at, "revenue": money(without_tax(refunded, total, revenue))}))
    return made


def _quantity(rows: Sequence[Cells]) -> str | None:
    counts = [int(row["lineitem_quantity"]) for row in rows if row.get("lineitem_quantity", "").isdecimal()]
    return str(sum(counts)) if counts else None


def _listed(rows: Sequence[Cells], column: str) -> str | None:
    found = dict.fromkeys(" ".join(row[column].split()) for row in rows if column in row)
    return "\n".join(found) or None


def _code(told: str | None) -> str | None:
    """The first of several codes."""
    return told.split(",")[0].strip() or None if told else None


def _attributes(told: str) -> dict[str, str | None]:
    """The tags, referrer and answer in note attributes, each a line `name: value`; the page that was landed on holds tags too."""
    lines = (line.partition(":") for line in told.splitlines())
    values = {name.strip().lower(): value.strip() for name, _, value in lines if value.strip()}
    landed = next((values[name] for name in ("landing_site", "landing_page", "landing page") if name in values), None)
    found = tags_of(landed) | {name: harmless(value) for name, value in values.items() if name.startswith("utm_") and name in _TAGS}
    referrer = values.get("referrer") or values.get("referring_site") or ""
    return {
        **found,
        "referrer": harmless(referrer) if re.match(r"https?://\S+$", referrer) else None,
        "heard_from": next((harmless(value) for name, value in values.items() if _HEARD.search(name)), None),
    }


_TAGS = {"utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"}

FORMATS = (
    TableFormat(
        "Shopify's orders",
        "orders",
        signs=(
            ("Name",),
            ("Financial Status",),
            ("Created at",),
            ("Currency",),
            ("Total",),
            ("Taxes",),
            ("Lineitem quantity",),
            ("Lineitem name",),
        ),
        make=_order,
        together="Name",
    ),
)
