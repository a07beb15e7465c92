"""Numbers, times and tags as exports write them, made exact: no float, and nothing guessed that can be read in two ways."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from connectors.files.review_exports import ADDRESS
from connectors.moments import Order, told
from connectors.settings import TableDialect

_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?")
_POINTED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+\.\d+|[+-]?\d{1,3}(?:,\d{3}){2,}")
_COMMAED = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+|[+-]?\d{1,3}(?:\.\d{3}){2,}|[+-]?\d+,(?:\d{1,2}|\d{4,})")
_IN_TWO_WAYS = re.compile(r"[+-]?\d{1,3}[.,]\d{3}")
_GROUPED = re.compile(r"\d{1,3}(?:[.,\s'\u2019]\d{3})+")
_PHONE = re.compile(r"(?<!\w)(?:\+|00)\d[\d ()/.-]{7,}\d(?!\d)|(?<!\w)\(?0\d{2,4}\)?[ /-]+\d[\d /-]{4,}\d(?!\d)")
_ADDRESS = re.compile(ADDRESS)
_TAGS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")


class TwoWays(ValueError):
    """A number that can be read in two ways."""


def plain_number(text: str, dialect: TableDialect, *, may_be_comma: bool = False) -> str:
    """A number with a decimal point and without thousands. Raises ValueError where it is none, TwoWays.

    `may_be_comma`: the file is parted by semicolons, as where the comma is decimal: 1.234 can be either there.
    """
    text = re.sub(r"[\s\u2019']", "", text)
    if dialect.decimal == ",":
        text = text.replace(".", "").replace(",", ".")
    elif dialect.decimal == ".":
        text = text.replace(",", "")
    elif _IN_TWO_WAYS.fullmatch(text) and ("," in text or may_be_comma):
        raise TwoWays(f'{text} can be read in two ways, add csv: {{decimal: ","}} or csv: {{decimal: "."}} to the source')
    elif _POINTED.fullmatch(text):
        text = text.replace(",", "")
    elif _COMMAED.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    if not _PLAIN.fullmatch(text):
        raise ValueError(f"'{text[:80]}' is not a number")
    return text


def amount(text: str | None, dialect: TableDialect, column: str) -> Decimal | None:
    """An amount, None where there is none. Raises ValueError that names the column."""
    if text is None:
        return None
    try:
        return Decimal(plain_number(text, dialect))
    except ValueError as error:
        raise ValueError(f"column {column}: {error}") from None


def money(value: Decimal) -> str:
    """An amount as text, to four digits after the point at most, without an exponent."""
    exact = value if -int(value.as_tuple().exponent) <= 4 else value.quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
    return f"{exact:f}"


def without_tax(part: Decimal, total: Decimal, revenue: Decimal) -> Decimal:
    """What a part of a total is without the total's tax, to the cent."""
    return revenue if part == total or not total else (part * revenue / total).quantize(Decimal("0.01"), ROUND_HALF_EVEN)


def whole(text: str | None) -> str | None:
    """A count without its thousands; anything else stays for the schema to judge."""
    return re.sub(r"\D", "", text) if text and _GROUPED.fullmatch(text) else text


def moment(text: str, timezone: str | None, order: Order = None) -> str:
    """A time with its zone in ISO 8601; `timezone` is that of times without one. Raises ValueError."""
    found = told(text, order)
    if found.at is None:
        why = f": it {found.problem}" if found.is_partly_clear else ""
        raise ValueError(f"'{text[:80]}' is not a time such as 2026-09-01 10:00:00 +0200{why}")
    if found.zone is None and found.zone_name:
        raise ValueError(f"'{text[:80]}' is not a time of a zone that is known: write it as +02:00")
    if found.zone is None and timezone is None:
        raise ValueError(f"'{text[:80]}' has no zone: add csv: {{timezone: Europe/Berlin}}, or the zone it is in, to the source")
    at = found.at.replace(tzinfo=found.zone or ZoneInfo(timezone or "UTC")).isoformat()
    return f"{at[:-6]}Z" if at.endswith("+00:00") else at


def american_moment(text: str, timezone: str | None) -> str:
    """The same of tools that write the month first, as in 9/27/2026 1:05 PM. Raises ValueError."""
    return moment(text, timezone, "month")


def epoch(seconds: str) -> str:
    """A time told in seconds since 1970. Raises ValueError."""
    try:
        return datetime.fromtimestamp(float(seconds), UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"'{seconds[:80]}' is not a time in seconds since 1970") from None


def harmless(text: str | None) -> str | None:
    """A short text that is kept, unless an e-mail address, an IP address or a telephone number stands in it."""
    return None if text is None or _ADDRESS.search(text[:2000]) or _PHONE.search(text[:2000]) else text


def tags_of(url: str | None) -> dict[str, str | None]:
    """The utm tags of an address."""
    try:
        query = parse_qs(urlsplit(url or "").query, max_num_fields=200)
    except ValueError:
        return {}
    return {name: harmless(query[name][0]) for name in _TAGS if name in query}
