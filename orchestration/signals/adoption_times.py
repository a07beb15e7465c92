"""When an author came to have what they mention: said beside the mention, in the calendar or by how long ago or for how long."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import polars as pl
from polars import col

from orchestration.signals.time_words import TimeWords, Unit, time_words
from orchestration.signals.words import TARGET

EXTRACTOR_VERSION = "adoption-times-2"
CLASSES = ("now", "dated", "since_long", "future", "unknown")
MOMENT = pl.Datetime("us", "UTC")
ADOPTION_TIMES = {
    "mention_row": pl.UInt32(),
    "adoption_time": pl.String(),
    "adopted_at": MOMENT,
    "adopted_from": MOMENT,
    "adopted_until": MOMENT,
}
REACH = 250  # characters read on either side of a mention, as of its stance
LONG = timedelta(days=92)  # who has had a thing for longer owns it of old; nobody is credited for that
RECENT = timedelta(days=30)
YEARS = range(1980, 2200)  # in which a post can have been written; others are a broken clock's
LIFETIME = 100 * 365.25  # days; nobody has had a thing for longer
AMBIGUOUS = 0.5  # of a unit: "a year ago" is half a year up or down
UNIT_DAYS = {"h": 1 / 24, "d": 1.0, "w": 7.0, "e": 7.0, "m": 30.44, "y": 365.25, "t": 3652.5}
SENTENCE_END = re.compile(r"(?:[.!?…]+[\x22'”’)\]]*(?=\s|$)|[。！？\n]+)\s*")  # noqa: RUF001
CLAUSE_END = re.compile(r"[,;:、]|\s[-–—]\s|(?<!\w)(?:and|but|und|aber|et|mais|y|pero|e|mas|ma|però)(?!\w)")  # noqa: RUF001
DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")  # noqa: RUF001
Bounds = tuple[datetime | None, datetime]


@dataclass(frozen=True, slots=True)
class Said:
    """An expression of time: where it stands, whether a point or a state that lasts, and between which moments it began."""

    start: int
    end: int
    is_state: bool
    bounds: Bounds | None  # None for now


def read_adoption_times(mentions: pl.DataFrame) -> pl.DataFrame:
    """One row per mention, in order; the columns of ADOPTION_TIMES.

    mentions: mention_row (unique), text, span_start, span_end, language, said_at (a time, when the post was published).
    adoption_time: one of CLASSES, `since_long` where the author has had it for more than LONG; NULL where the language has no
    TimeWords and where the mention has no span. adopted_from, adopted_until: the bounds of `dated` and `since_long`; from is NULL where
    nothing tells how long. adopted_at: their middle, or `until` where there is no `from`. All three are NULL for the other classes.
    """
    text, start, end = col("text").cast(pl.String), col("span_start").cast(pl.Int64), col("span_end").cast(pl.Int64)
    asked = mentions.select(
        col("mention_row").cast(pl.UInt32),
        "language",
        col("said_at").cast(MOMENT),
        before=text.str.slice(0, start).str.tail(REACH).str.to_lowercase(),
        after=text.str.slice(end, REACH).str.to_lowercase(),
    )
    readable = asked.filter(col("language").is_in(list(time_words())), col("before").is_not_null(), col("after").is_not_null())
    rows: list[tuple[int, str, datetime | None, datetime | None, datetime | None]] = []
    for (language,), group in readable.group_by("language", maintain_order=True):
        reader = _reader(str(language))
        timed = pl.concat_str("before", pl.lit(TARGET), "after").str.contains(rf"(?:{reader.words.any_time})")
        rows += [(row, "unknown", None, None, None) for row in group.filter(~timed)["mention_row"]]
        for row, said_at, before, after in group.filter(timed).select("mention_row", "said_at", "before", "after").iter_rows():
            rows.append((row, *_classified(reader, before, after, said_at)))
    read = pl.DataFrame(rows, schema=ADOPTION_TIMES, orient="row")
    return mentions.select(col("mention_row").cast(pl.UInt32)).join(read, on="mention_row", how="left", maintain_order="left")


def _classified(
    reader: _Reader, before: str, after: str, said_at: datetime | None
) -> tuple[str, datetime | None, datetime | None, datetime | None]:
    if said_at is None or said_at.year not in YEARS:
        return "unknown", None, None, None
    sentences, own, at = _sentences(before, after)
    found = reader.read(sentences[own], at, said_at)
    for beside in (own + 1, own - 1):
        if found is None and 0 <= beside < len(sentences) and reader.it.search(sentences[beside]):
            found = reader.read(sentences[beside], 0 if beside > own else len(sentences[beside]), said_at)
    if found is None or isinstance(found, str):
        return found or "unknown", None, None, None
    if found.bounds is None:
        return "now", None, None, None
    since, until = found.bounds[0], min(found.bounds[1], said_at)
    is_long = (found.is_state and said_at - until > LONG) or since is None
    middle = until if since is None else since + (until - since) / 2
    return "since_long" if is_long else "dated", middle, since, until


def _sentences(before: str, after: str) -> tuple[list[str], int, int]:
    """The sentences of the text, which of them holds the mention, and where in it; the mention's own characters end none."""
    ends = [found.end() for found in SENTENCE_END.finditer(before)]
    lead = [before[first:last] for first, last in zip([0, *ends], ends, strict=False)]
    opening = before[ends[-1] :] if ends else before
    first_end = SENTENCE_END.search(after)
    closing, rest = (after[: first_end.end()], after[first_end.end() :]) if first_end else (after, "")
    second_end = SENTENCE_END.search(rest)
    return (
        [*lead, f"{opening}{TARGET}{closing}", rest[: second_end.end()] if second_end else rest],
        len(lead),
        len(opening),
    )


class _Reader:
    """The expressions of one language, compiled."""

    def __init__(self, words: TimeWords) -> None:
        self.words = words
        self.it = words.compiled(words.it)
        self.acquired, self.used, self.waiting = words.compiled(words.acquired), words.compiled(words.used), words.compiled(words.waiting)
        self.just, self.future, self.coming = words.compiled(words.just), words.compiled(words.future), words.compiled(words.coming)
        self.mine = re.compile(rf"(?<!\w)(?:{words.mine})\W*(?:\w+\W+){{0,2}}$")
        self.any_point, self.any_unit, self.any_month, self.any_weekday = (
            re.compile("|".join(those) or r"(?!)") for those in (words.points.values(), words.units, words.months, words.weekdays)
        )
        self.points = [(words.compiled(pattern), *period) for period, pattern in words.points.items()]
        self.ago = [words.compiled(pattern) for pattern in words.ago]
        self.lasted = [words.compiled(pattern) for pattern in words.lasted]
        self.long = [(words.compiled(pattern), *least) for least, pattern in words.long.items()]
        self.months = [words.compiled(words.in_month.replace("M", f"(?:{month})")) for month in words.months]
        self.year = words.compiled(words.in_year)
        self.weekdays = [words.compiled(words.on_weekday.replace("W", f"(?:{day})")) for day in words.weekdays]
        self.recently = words.compiled(words.recently)
        self.since = re.compile(rf"(?:{words.since})$") if words.since else None

    def read(self, sentence: str, at: int, said_at: datetime) -> Said | str | None:
        """What the sentence says of the thing at `at`: an expression, the class `future`, or nothing."""
        verbs = [found.start() for found in self.acquired.finditer(sentence)]
        has, waits = self.used.search(sentence) is not None, self.waiting.search(sentence) is not None
        about_it = has or bool(verbs)
        times = self._all(sentence, said_at) if about_it else ()
        counts = [said for said in times if (not waits if said.is_state else verbs)]
        if not counts:
            if not verbs and not self.mine.search(sentence[:at]) and self._is_to_come(sentence, has):
                return "future"
            return Said(at, at, False, None) if about_it and not waits and self.just.search(sentence) else None
        cuts = [found.start() for found in CLAUSE_END.finditer(sentence)]

        def distance(said: Said) -> tuple[int, bool, int]:
            # A point belongs to the verb beside it, a state to the thing; clauses between them weigh most, then a number before none.
            to = at if said.is_state else min(verbs, key=lambda verb: abs(verb - said.start))
            low, high = sorted((said.start, at))
            is_vague = said.bounds is not None and said.bounds[0] is None
            return sum(low < cut < high for cut in cuts), is_vague, abs(said.start - to)

        nearest = min(counts, key=distance)
        just = self.just.search(sentence)
        if just and verbs and (nearest.is_state or nearest.bounds is not None):
            now = Said(just.start(), just.end(), False, None)
            overlaps = nearest.start < now.end and now.start < nearest.end
            return now if not overlaps and distance(now) < distance(nearest) else nearest
        return nearest

    def _is_to_come(self, sentence: str, has: bool) -> bool:
        return self.future.search(sentence) is not None or (has and self.coming.search(sentence) is not None)

    def _all(self, sentence: str, said_at: datetime) -> Iterator[Said]:
        """Every expression; one that stands in a longer one does not count."""
        found = sorted(self._found(sentence, said_at), key=lambda said: (said.start - said.end, said.start))
        taken: list[Said] = []
        for said in found:
            if not any(said.start < other.end and other.start < said.end for other in taken):
                taken.append(said)
                yield said

    def _found(self, sentence: str, said_at: datetime) -> Iterator[Said]:
        for pattern, unit, number in self.long:
            for match in pattern.finditer(sentence):
                yield Said(*match.span(), True, (None, said_at - timedelta(days=UNIT_DAYS[unit] * number)))
        has_units = self.any_unit.search(sentence)
        for patterns, is_state in ((self.lasted, True), (self.ago, False)) if has_units else ():
            for match in (match for pattern in patterns for match in pattern.finditer(sentence)):
                days = self._days(match)
                if days >= 1 or not is_state:  # "for an hour" is how long it was used once
                    yield Said(*match.span(), is_state, self._before(match, days, said_at))
        for pattern, unit, back in self.points if self.any_point.search(sentence) else ():
            for match in pattern.finditer(sentence):
                if (unit, back) == ("d", 0):
                    yield Said(*match.span(), False, None)
                else:
                    yield self._point(match, sentence, _period(said_at, unit, back), said_at)
        for month, pattern in enumerate(self.months, 1) if self.any_month.search(sentence) else ():
            for match in pattern.finditer(sentence):
                year = int(match["year"]) if match["year"] else said_at.year - (month > said_at.month)
                if 1970 < year <= said_at.year:
                    yield self._point(match, sentence, _month(year, month), said_at)
        for match in self.year.finditer(sentence):
            if 1970 < (year := int(match["year"])) <= said_at.year:
                yield self._point(match, sentence, (datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)), said_at)
        for number, pattern in enumerate(self.weekdays) if self.any_weekday.search(sentence) else ():
            for match in pattern.finditer(sentence):
                day = _day(said_at) - timedelta(days=(said_at.weekday() - number) % 7 or 7)
                yield self._point(match, sentence, (day, day + timedelta(days=1)), said_at)
        for match in self.recently.finditer(sentence):
            yield self._point(match, sentence, (said_at - RECENT, said_at), said_at)

    def _point(self, match: re.Match[str], sentence: str, bounds: Bounds, said_at: datetime) -> Said:
        since = self.since is not None and (
            self.since.search(sentence[: match.start()]) is not None or re.match(self.words.since, match[0]) is not None
        )
        return Said(*match.span(), since or bool(match.groupdict().get("since")), (bounds[0], min(bounds[1], said_at)))

    def _days(self, match: re.Match[str]) -> float:
        """How long the unit of an expression is."""
        return UNIT_DAYS[next(unit for pattern, unit in self.words.units.items() if re.fullmatch(pattern, match["u"]))]

    def _before(self, match: re.Match[str], days: float, said_at: datetime) -> Bounds:
        """Half a unit up or down of how long before; only the later bound where it is more than that."""
        groups = match.groupdict()
        number = min(self._number(groups.get("n")), LIFETIME / days)
        if groups.get("over") or groups.get("over2"):
            return None, said_at - timedelta(days=number * days)
        if days == 1:
            day = _day(said_at) - timedelta(days=number)
            return day, min(day + timedelta(days=1), said_at)
        until = said_at - timedelta(days=max(number - AMBIGUOUS, number / 2) * days)
        return said_at - timedelta(days=(number + AMBIGUOUS) * days), until

    def _number(self, written: str | None) -> float:
        if written is None:
            return 1
        written = written.translate(DIGITS)
        if written[0].isdigit():
            return float(written.replace(",", ".")) or 1.0
        return next(number for pattern, number in self.words.numbers.items() if re.fullmatch(pattern, written))


@cache
def _reader(language: str) -> _Reader:
    return _Reader(time_words()[language])


def _day(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _month(year: int, month: int) -> Bounds:
    first = datetime(year, month, 1, tzinfo=UTC)
    return first, first + timedelta(days=monthrange(year, month)[1])


def _period(said_at: datetime, unit: Unit, back: int) -> Bounds:
    """A day, week, weekend, month or year of the calendar, so many before the one of `said_at`."""
    day = _day(said_at)
    monday = day - timedelta(days=day.weekday())
    if unit == "d":
        return day - timedelta(days=back), day - timedelta(days=back - 1)
    if unit == "w":
        return monday - timedelta(weeks=back), monday - timedelta(weeks=back - 1)
    if unit == "e":
        saturday = monday + timedelta(days=5 - 7 * (day.weekday() < 5))
        return saturday, saturday + timedelta(days=2)
    if unit == "m":
        months = day.year * 12 + day.month - 1 - back
        return _month(months // 12, months % 12 + 1)
    return datetime(day.year - back, 1, 1, tzinfo=UTC), datetime(day.year - back + 1, 1, 1, tzinfo=UTC)
