"""Numbers, times and tags as exports write them, made exact: no float, and nothing guessed that can be read in two ways."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from connectors.files.review_exports import ADDRESS
from connectors.settings import TableDialect

_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?")
_POINTED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+\.\d+|[+-]?\d{1,3}(?:,\d{3}){2,}")
_COMMAED = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+|[+-]?\d{1,3}(?:\.\d{3}){2,}|[+-]?\d+,(?:\d{1,2}|\d{4,})")
_IN_TWO_WAYS = re.compile(r"[+-]?\d{1,3}[.,]\d{3}")
_GROUPED = re.compile(r"\d{1,3}(?:[.,\s'\u2019]\d{3})+")
_MOMENT = re.compile(
    r"(?:(?P<year>\d{4})-?(?P<month>\d\d)-?(?P<day>\d\d)|(?P<day2>\d{1,2})\.(?P<month2>\d{1,2})\.(?P<year2>\d{4}))"
    r"(?:[T ]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<part>\d{1,9}))?)?"
    r"(?: ?(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d))?)?",
    re.IGNORECASE,
)
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


def moment(text: str, timezone: str | None) -> str:
    """A time with its zone in ISO 8601; `timezone` is that of times without one. Raises ValueError."""
    found = _MOMENT.fullmatch(text.strip())
    if not found:
        raise ValueError(f"'{text[:80]}' is not a time such as 2026-09-01 10:00:00 +0200")
    year, month, day = (int(found[name] or found[f"{name}2"]) for name in ("year", "month", "day"))
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    at = datetime(year, month, day, hour, minute, second, int((found["part"] or "0").ljust(6, "0")[:6]))
    zone = (found["zone"] or "").upper()
    if zone and zone[0] in "+-":
        return f"{at.isoformat()}{zone[:3]}:{zone[-2:]}"
    if zone:
        return f"{at.isoformat()}Z"
    if timezone is None:
        raise ValueError(f"'{text[:80]}' has no zone: add csv: {{timezone: Europe/Berlin}}, or the zone it is in, to the source")
    return at.replace(tzinfo=ZoneInfo(timezone)).isoformat()


def american_moment(text: str, timezone: str | None) -> str:
    """The same, and days such as 9/27/2026 of tools that write the month first, also with AM or PM. Raises ValueError."""
    found = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:[ T]+(\d{1,2}):(\d\d)(?::(\d\d))?(?: ?([AP]M))?)?", text.strip(), re.IGNORECASE)
    if not found:
        return moment(text, timezone)
    hour = int(found[4] or 0) % 12 + 12 * (found[7].upper() == "PM") if found[7] else int(found[4] or 0)
    day = date(int(found[3]), int(found[1]), int(found[2]))
    return moment(f"{day.isoformat()} {hour:02}:{found[5] or '00'}:{found[6] or '00'}", timezone)


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
