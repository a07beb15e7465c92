"""Times as people and programs write them: a moment in UTC, or why it is none, and what about it was taken on trust.

No part is ever taken from the clock: a text without a year, a month or a time's minutes is no moment. A day alone is its first second.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from connectors.zones import AMBIGUOUS, RFC_822, ZONES

Order: TypeAlias = Literal["day", "month"] | None
"""Which of two numbers before a year is first; None where nobody knows."""

UNKNOWN, TWO_WAYS, NO_YEAR = "is no time that is known", "can be read in two ways", "names no year"

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)?")
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_LONGEST = 100  # characters

_MONTHS: Sequence[str] = (
    "jan january januar janner januari janv janvier gen gennaio ene enero janeiro stycznia",
    "feb february februar februari fev fevr fevrier febbraio febrero fevereiro lutego",
    "mar march marz mrz mars marzo marco maart mrt marca marcius",
    "apr april aprilis avr avril aprile abr abril kwietnia",
    "may mai mag maggio mayo maio mei maj maja majus",
    "jun june juni juin giu giugno junio junho junius czerwca",
    "jul july juli juil juillet lug luglio julio julho julius lipca",
    "aug august augusti augustus augusztus aout ago agosto sierpnia",
    "sep sept september septembre set settembre septiembre setembro szeptember wrzesnia",
    "oct october okt oktober octobre ott ottobre octubre out outubro pazdziernika",
    "nov november novembre noviembre novembro listopada",
    "dec december dez dezember decembre dic dicembre diciembre dezembro grudnia",
)
"""Of English, German, French, Italian, Spanish, Portuguese, Dutch, Swedish, Polish and Hungarian, in small letters without accents."""

_GREEK = "ιαν φεβ μαρ απρ μαι ιουν ιουλ αυγ σεπ οκτ νοε δεκ"  # noqa: RUF001
_MONTH = {name: number for months in (_MONTHS, _GREEK.split()) for number, names in enumerate(months, start=1) for name in names.split()}
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = re.compile(rf"^({'|'.join(_WEEKDAYS)})[a-z]*\b", re.IGNORECASE)
_NOON = r"(?P<noon>[ap])\.?m\b\.?"
_CLOCK = re.compile(
    rf"(?:(?<=\d)t|(?<![\d:.,/-]))(?P<hour>\d{{1,2}})(?::(?P<minute>\d{{1,2}})(?::(?P<second>\d{{1,2}})(?:[.,](?P<part>\d{{1,9}}))?)?(?:\s*{_NOON})?"
    rf"|\s*(?P<noon2>[ap])\.?m\b\.?)(?![\d:])",
    re.IGNORECASE,
)
_BASIC = re.compile(r"(\d{4})(\d\d)(\d\d)(?:t?(\d\d)(\d\d)(\d\d)?)?(z|[+-]\d\d:?\d\d)?", re.IGNORECASE)
_OFFSET = re.compile(r"(?:utc?|gmt|z)?\s*([+\-\u2212])(\d{1,2})(?::?(\d\d))?(?::?00)?", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"(?=\d{4}\s*([-/.]))(\d{4})\s*\1\s*(\d{1,2})\s*\1\s*(\d{1,2})(?!\d)\.?")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4})(?!\d)")
_EASTERN = re.compile(r"(\d{4})[年년]\s*(\d{1,2})[月월]\s*(\d{1,2})[日일]")
_WORDS = re.compile(r"(\d{1,4})|([^\W\d_]+)")
_FILLERS = frozenset({"th", "st", "nd", "rd", "de", "of", "at", "den", "le", "el", "il", "um", "uhr", "o", "t"})


@dataclass(frozen=True, slots=True)
class Told:
    """What a text says: a local time and its zone (None: it names none), or a `problem` for which it is no moment.

    `zone_name` is the name of a zone that it holds, in small letters, whether known or not.
    """

    at: datetime | None = None
    zone: tzinfo | None = None
    zone_name: str | None = None
    problem: str | None = None

    @property
    def moment(self) -> datetime | None:
        """In UTC, which a time without a zone is taken to be."""
        if self.at is None:
            return None
        try:
            return self.at.replace(tzinfo=self.zone or UTC).astimezone(UTC)
        except (OverflowError, ValueError):
            return None

    @property
    def is_partly_clear(self) -> bool:
        """Whether it is no moment for something that its writer could tell."""
        return self.problem in (TWO_WAYS, NO_YEAR)

    @property
    def doubt(self) -> str | None:
        """What of a moment was taken on trust, None where nothing was."""
        if self.at is None:
            return None
        if self.zone is None:
            return f"names the zone {self.zone_name}, which is not known: read as UTC" if self.zone_name else "names no zone: read as UTC"
        if self.zone_name and self.zone_name in AMBIGUOUS and self.zone_name not in RFC_822:
            return f"names the zone {self.zone_name.upper()}: read as that of {AMBIGUOUS[self.zone_name]}"
        return None


def told(text: str, order: Order = None) -> Told:
    """What a text says of a time. Without an `order`, 9/10/2026 is no moment."""
    if _ISO.fullmatch(text):  # most are so, and this takes a tenth of the time
        try:
            moment = datetime.fromisoformat(text)
            return Told(moment.replace(tzinfo=None), moment.tzinfo)
        except ValueError:
            return Told(problem="is no time that there is")
    parted = unicodedata.normalize("NFKD", text[: _LONGEST + 1])
    folded = " ".join(unicodedata.normalize("NFC", "".join(letter for letter in parted if not unicodedata.combining(letter))).split())
    if not folded or len(folded) > _LONGEST:
        return Told(problem="is no time")
    if re.fullmatch(r"[+-]?\d{9,19}(?:\.\d*)?", folded) and (at := _epoch(folded)):
        return Told(at, UTC)
    try:
        return _basic(folded) or _written(folded.lower(), order)
    except (ValueError, OverflowError):
        return Told(problem="is no time that there is")


def _epoch(digits: str) -> datetime | None:
    """Seconds, milliseconds, microseconds or nanoseconds since 1970, whichever lie between 1990 and 2100."""
    for scale in (1, 10**3, 10**6, 10**9):
        seconds = float(digits) / scale
        if EARLIEST.timestamp() <= seconds < _LATEST.timestamp():
            return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    return None


def _basic(text: str) -> Told | None:
    """20260910, 20260910T080000Z: ISO 8601 without its separators."""
    found = _BASIC.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    zone, name = _zone(found[7] or "")
    return Told(datetime(year, month, day, hour, minute, second), zone, name)


def _written(text: str, order: Order) -> Told:
    text = re.sub(r"(?<=\d)t(\d\d)(?=z|[+-]|$)", r"t\1:00", text)
    clock = _CLOCK.search(text)
    before, after = (text[: clock.start()], text[clock.end() :]) if clock else (text, "")
    time_of_day = _time(clock) if clock else timedelta(0)
    if time_of_day is None:
        return Told(problem="has no such time of day")
    if not before.strip(" ,"):  # 08:00, 10 September 2026
        before, after = after, ""
    elif not re.search(r"\d{4}", before) and (late := re.search(r"(?<![\d:+-])\d{4}(?![\d:])", after)):  # Thu Sep 10 08:00:00 CEST 2026
        before, after = f"{before} {late[0]}", after[: late.start()] + after[late.end() :]
    day, problem = _day(before, order)
    if day is None:
        return Told(problem=problem)
    zone, name = _zone(after.strip(" ,.")) if after.strip(" ,.") else (None, None)
    return Told(datetime(day.year, day.month, day.day) + time_of_day, zone, name)


def _time(clock: re.Match[str]) -> timedelta | None:
    hour, minute, second = (int(clock[name] or 0) for name in ("hour", "minute", "second"))
    noon = clock["noon"] or clock["noon2"]
    if noon:
        if not 0 <= hour <= 23 or (hour == 0 and noon == "p"):
            return None
        hour = hour if hour > 12 else hour % 12 + 12 * (noon == "p")
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        return None
    return timedelta(hours=hour, minutes=minute, seconds=min(second, 59), microseconds=int((clock["part"] or "0").ljust(6, "0")[:6]))


def _zone(text: str) -> tuple[tzinfo | None, str | None]:
    """The zone that the end of a text names, and its name; neither where it is an offset, or says nothing of a zone."""
    text = text.strip().lower()
    text = re.sub(r"\s*[(\[].*[)\]]\s*$", "", text) or text.strip("()[] ")  # +0200 (CEST)
    if re.match(r"[+-]\d\d:?\d\d ", text):  # +0200 CEST
        text = text.split(" ")[0]
    if text in {"-0000", "-00:00"}:
        return UTC, None
    if offset := _OFFSET.fullmatch(text):
        hours, minutes = int(offset[2]), int(offset[3] or 0)
        if hours > 15 or minutes > 59:
            return None, text
        ahead = timedelta(hours=hours, minutes=minutes)
        return timezone(ahead if offset[1] == "+" else -ahead), None
    name = text.removeprefix("etc/").removesuffix(" uhr").removeprefix("uhr").strip() if text != "uhr" else ""
    if not name:
        return None, None
    meant = ZONES.get(name)
    if isinstance(meant, int | float):
        return timezone(timedelta(hours=meant)), name
    try:
        return ZoneInfo(meant or "/".join(part.title() for part in name.split("/")) if "/" in (meant or name) else ""), name
    except (KeyError, ValueError, OSError):
        return None, name[:40]


def _day(text: str, order: Order) -> tuple[date | None, str | None]:
    """The day in a text without its time, or why there is none."""
    weekday = _WEEKDAY.match(text.strip())
    found = next((found for written in (_YEAR_FIRST, _EASTERN, _YEAR_LAST) if (found := written.search(text))), None)
    if found and re.search(r"\d", text[: found.start()] + text[found.end() :]):
        return None, UNKNOWN
    if found and found.re in (_YEAR_FIRST, _EASTERN):
        return date(*(int(part) for part in found.groups()[-3:])), None
    if found:
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        return _of_two(first, second, year, "day" if found[2] == "." else order, weekday[1].lower() if weekday else None)
    stripped = text.strip(" ,t")
    if re.fullmatch(r"\d{4}-?w\d\d(?:-?\d)?", stripped):
        return date.fromisoformat(stripped.upper()), None
    if re.fullmatch(r"\d{4}-?[0-3]\d\d", stripped) and len(stripped.replace("-", "")) == 7:
        return datetime.strptime(stripped.replace("-", ""), "%Y%j").date(), None
    if found := re.fullmatch(r"(\d{4})(?:-(\d\d))?", stripped):  # W3C's date formats allow a year, or a year and a month, alone
        return date(int(found[1]), int(found[2] or 1), 1), None
    return _named(text)


def _of_two(first: int, second: int, year: int, order: Order, weekday: str | None) -> tuple[date | None, str | None]:
    """A day of two numbers of which nobody said which is the month: told by a number above 12, or by the weekday."""
    if order or first == second:
        return (date(year, first, second) if order == "month" else date(year, second, first)), None
    readings = [date(year, month, day) for month, day in ((first, second), (second, first)) if month <= 12]
    fitting = [reading for reading in readings if weekday == _WEEKDAYS[reading.weekday()]]
    certain = readings if len(readings) == 1 else fitting
    return (certain[0], None) if len(certain) == 1 else (None, TWO_WAYS)


def _named(text: str) -> tuple[date | None, str | None]:
    """A day whose month has a name: 10 Sep 2026, Sep 10, 2026, 10-Sep-26, Do., 10. September 2026."""
    words = [found for found in _WORDS.finditer(text) if found[0] not in _FILLERS]
    places = [place for place, word in enumerate(words) if word[2] in _MONTH]
    # a weekday can look like a month (Spanish "mar"): the month is the one next to a number, the later of two
    places = [place for place in places if place + 1 < len(words) and words[place + 1][1]] or places
    if not places:
        return None, UNKNOWN
    place = places[-1]
    numbers = [word[1] for word in words if word[1]]
    if len(numbers) != 2:
        return None, NO_YEAR if len(numbers) < 2 else UNKNOWN
    year, day = numbers if len(numbers[0]) == 4 else numbers[::-1]
    if len(year) == 3 or len(day) > 2:
        return None, NO_YEAR
    number = int(year)
    if len(year) <= 2:  # RFC 2822: what 26 and 94 mean
        number += 2000 if number < 50 else 1900
    return date(number, _MONTH[words[place][2]], int(day)), None


def order_of(texts: Iterable[str]) -> Order:
    """What order the days of one document have: that of those which can be read in one way alone, unless they differ."""
    pairs = [(int(found[1]), int(found[3])) for text in texts if (found := _YEAR_LAST.search(text)) and found[2] != "."]
    is_day, is_month = any(first > 12 for first, _ in pairs), any(second > 12 for _, second in pairs)
    return None if is_day == is_month else "day" if is_day else "month"


def doubts(dates: Sequence[Iterable[tuple[str, Told]]]) -> list[str]:
    """Sentences on how many entries, each with some dates, have one that cannot be read or was taken on trust, with its first text."""
    found: dict[str, dict[int, str]] = {}
    for number, of_entry in enumerate(dates):
        for text, one in of_entry:
            if one.moment is None:
                found.setdefault("cannot be read", {}).setdefault(number, f"{text[:60]!r} {one.problem or 'is no time that there is'}")
            elif one.doubt:
                found.setdefault(one.doubt, {}).setdefault(number, repr(text[:60]))
    return [
        f"{len(of_doubt)} of {len(dates)} entries have a date that {doubt}; the first: {next(iter(of_doubt.values()))}"
        for doubt, of_doubt in found.items()
    ]
