"""Conversions by source and medium as Google Analytics 4 exports them: counted by its own attribution, and kept as its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.files.formats import Cells, LeftOut, Made, TableFormat, first
from connectors.files.values import amount, harmless, money
from connectors.settings import TableDialect

_KINDS = ("Session", "First user", "Event")
_SOURCES = (*(f"{kind} source / medium" for kind in _KINDS), "Source / medium")
_REVENUES = ("Total revenue", "Purchase revenue", "Revenue")


def _day(told: str | None, zone: str) -> datetime | None:
    found = re.fullmatch(r"(\d{4})-?(\d\d)-?(\d\d)", (told or "").strip())
    return datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=ZoneInfo(zone)) if found else None


def _span(above: Sequence[Sequence[str]]) -> dict[str, str]:
    """The days that are reported, in the comments above the table."""
    text = "\n".join(",".join(row) for row in above)
    days = {name: re.search(rf"#\s*{name} date:\s*(\d{{8}}|\d{{4}}-\d\d-\d\d)", text, re.IGNORECASE) for name in ("start", "end")}
    return {f"{name}_of_report": found[1] for name, found in days.items() if found}


def _row(rows: Sequence[Cells], dialect: TableDialect) -> Made:
    (row,) = rows
    origin = first(row, *_SOURCES)
    if origin is None or origin.lower() in {"grand total", "totals", "total"}:
        raise LeftOut("rows of totals")
    zone = dialect.timezone or "UTC"
    begins = _day(row.get("date"), zone) or _day(row.get("start_of_report"), zone)
    ends = begins if "date" in row else _day(row.get("end_of_report"), zone)
    if begins is None or ends is None:
        raise ValueError("tells no day: add the dimension Date to the report, or keep the lines above the table")
    source, _, medium = (part.strip() for part in origin.partition("/"))
    campaign = harmless(first(row, *(f"{kind} campaign" for kind in _KINDS), "Campaign"))
    conversions = amount(first(row, "Key events", "Conversions", "Ecommerce purchases", "Transactions"), dialect, "Key events")
    revenue = amount(first(row, *_REVENUES), dialect, "Total revenue")
    told = "|".join((begins.date().isoformat(), ends.date().isoformat(), source, medium, campaign or ""))
    found = {
        "id": f"google_analytics:{told}",
        "reported_by": "google_analytics",
        "starts_at": begins.isoformat(),
        "ends_at": (ends + timedelta(days=1)).isoformat(),
        "utm_source": harmless(source),
        "utm_medium": harmless(medium) or None,
        "utm_campaign": campaign,
        "conversions": None if conversions is None else money(conversions),
        "revenue": None if revenue is None else money(revenue),
        "currency": None if revenue is None else dialect.currency,
    }
    return [("reported_conversions", found)]


FORMATS = (
    TableFormat(
        "Google Analytics 4's conversions",
        "reported_conversions",
        signs=(_SOURCES, ("Key events", "Conversions", "Ecommerce purchases", "Transactions")),
        make=_row,
        needs={"timezone": _SOURCES, "currency": _REVENUES},
        preamble=_span,
    ),
)
