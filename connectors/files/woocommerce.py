"""Orders as WooCommerce exports them: its own report (Analytics, Orders), and its Import Export Suite."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from connectors.files.formats import Cells, LeftOut, Made, TableFormat, first
from connectors.files.values import american_moment, amount, harmless, moment, money, without_tax
from connectors.settings import TableDialect

_PAID = {"completed", "processing", "refunded"}
_PART = re.compile(r"(\d+)\u00d7 (.+?)(?=, \d+\u00d7 |$)", re.DOTALL)
_UNPAID = "orders that are cancelled, failed or not paid (yet)"


def _status(cells: Cells) -> str:
    return first(cells, "Status", "order_status", "") or ""


def _reported(rows: Sequence[Cells], dialect: TableDialect) -> Made:
    """A row of the report; what is given back is a row of its own, below nought, with the order's number."""
    (row,) = rows
    net = amount(row.get("net_sales"), dialect, "Net Sales")
    if net is None:
        raise ValueError("column Net Sales: is empty")
    at, number = moment(row.get("date", ""), dialect.timezone), f"woocommerce:{row['order']}"
    if net < 0:
        given = {"refund_id": f"{number}:{at}", "order_id": number, "refunded_at": at, "revenue": money(-net)}
        return [("refunds", {**given, "currency": dialect.currency})]
    if row.get("status", "").lower().removeprefix("wc-") not in _PAID:
        raise LeftOut(_UNPAID)
    bought = _PART.findall(row.get("product_s", ""))
    order = {
        "order_id": number,
        "ordered_at": at,
        "quantity": row.get("items_sold"),
        "revenue": money(net),
        "currency": dialect.currency,
        "promo_code": row["coupon_s"].split(",")[0].strip() if "coupon_s" in row else None,
        "product_name": "\n".join(dict.fromkeys(" ".join(name.split()) for _, name in bought)) or None,
        "utm_source": harmless(_origin(row.get("attribution"))),
    }
    return [("orders", order)]


def _origin(told: str | None) -> str | None:
    """The source in what WooCommerce says of an order's origin, such as `Source: Instagram` or `Referral: blog.example`."""
    found = re.fullmatch(r"(?:Source|Referral|Organic): (.+)", told or "")
    return found[1].strip().lower() if found else None


def _suite(rows: Sequence[Cells], dialect: TableDialect) -> Made:
    (row,) = rows
    if row.get("status", "").lower().removeprefix("wc-") not in _PAID:
        raise LeftOut(_UNPAID)
    total = amount(row.get("order_total"), dialect, "order_total")
    if total is None:
        raise ValueError("column order_total: is empty")
    revenue = total - (amount(row.get("tax_total"), dialect, "tax_total") or Decimal(0))
    number, currency = f"woocommerce:{first(row, 'order_number', 'order_id')}", row.get("order_currency", "").upper()
    at = american_moment(row.get("order_date", ""), dialect.timezone)
    items = [_pairs(text) for name, text in row.items() if re.fullmatch(r"line_item_\d+", name)]
    coupons = [_pairs(text) for text in row.get("coupon_items", "").split(";")]
    customer = first(row, "customer_email", "billing_email")
    order: dict[str, str | None] = {
        "order_id": number,
        "ordered_at": at,
        "customer_key": customer.lower() if customer else None,
        "quantity": str(sum(int(item["quantity"]) for item in items if item.get("quantity", "").isdecimal())) if items else None,
        "revenue": money(revenue),
        "currency": currency,
        "promo_code": next((coupon["code"] for coupon in coupons if coupon.get("code")), None),
        "sku": "\n".join(dict.fromkeys(item["sku"] for item in items if item.get("sku"))) or None,
        "product_name": "\n".join(dict.fromkeys(item["name"] for item in items if item.get("name"))) or None,
        "referrer": _page(row.get("meta_wc_order_attribution_referrer")),
        **{f"utm_{tag}": harmless(row.get(f"meta_wc_order_attribution_utm_{tag}")) for tag in _TAGS},
    }
    refunds = list(_refunds(row, number, currency, total, revenue, at, dialect))
    return [("orders", order), *(("refunds", refund) for refund in refunds)]


_TAGS = ("source", "medium", "campaign", "term", "content")


def _page(told: str | None) -> str | None:
    return harmless(told) if told and re.match(r"https?://\S+$", told) else None


def _refunds(
    row: Cells, number: str, currency: str, total: Decimal, revenue: Decimal, at: str, dialect: TableDialect
) -> Iterator[dict[str, str | None]]:
    given = [found for found in map(_pairs, row.get("refund_items", "").split(";")) if "amount" in found]
    for index, refund in enumerate(given, start=1):
        back = abs(amount(refund["amount"], dialect, "refund_items") or Decimal(0))
        when = american_moment(refund["date"], dialect.timezone) if refund.get("date") else at
        part = money(without_tax(back, total, revenue))
        yield {"refund_id": f"{number}:{index}", "order_id": number, "refunded_at": when, "revenue": part, "currency": currency}
    if not given and row.get("status", "").lower().removeprefix("wc-") == "refunded":
        yield {"refund_id": f"{number}:1", "order_id": number, "refunded_at": at, "currency": currency}


def _pairs(told: str) -> dict[str, str]:
    """The values of `name:value|name:value`."""
    parts = (part.partition(":") for part in told.split("|"))
    return {name.strip(): " ".join(value.split()) for name, colon, value in parts if colon}


FORMATS = (
    TableFormat(
        "WooCommerce's orders report",
        "orders",
        signs=(("Date",), ("Order #",), ("Status",), ("Product(s)",), ("Items sold",), ("Net Sales",)),
        make=_reported,
        needs={"timezone": ("Date",), "currency": ("Net Sales",)},
    ),
    TableFormat(
        "WooCommerce's orders of the Import Export Suite",
        "orders",
        signs=(("order_id",), ("order_date",), ("status",), ("order_total",), ("order_currency",), ("line_item_1",)),
        make=_suite,
        needs={"timezone": ("order_date",)},
    ),
)
