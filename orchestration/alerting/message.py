"""What a night's message says: from facts to lines. Nothing is read or sent here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import mean
from typing import Literal

from orchestration.alerting.facts import Facts, ListedPost, Wrong

MAX_AGE = timedelta(hours=26)
"""A night and two hours: what a nightly refresh may take."""
USUAL_SHARE = 0.8
"""Below this share of what it was the night before, or usually, a number needs a person; that of extraction.SUSPICIOUS_SHARE."""
MIN_ROWS_BEFORE = 100
MIN_BACKTESTS = 7
WRONG_SHARE, WRONG_FACTOR, MIN_WRONG = 0.05, 3, 10
"""A platform has changed where at least ten items, a twentieth of all, are wrong, and thrice the share of the weeks before."""
MIN_VANISHED_ROWS, MIN_FILLED_ROWS = 10, 30
MAX_LINES, LINE_LENGTH, TITLE_LENGTH, NAME_LENGTH = 20, 300, 80, 40
PLAIN = str.maketrans("<>@[]", "\u2039\u203a\uff20()")
"""What people have written, without the signs by which chats call everybody or hide where a link leads: others that look like them."""

Kind = Literal[
    "not_published", "not_copied", "late", "unreadable", "source_failed", "source_suspicious", "few_rows", "schema_drift",
    "rule_broken", "backtest_worse", "disk_nearly_full",
]  # fmt: skip
LASTING: frozenset[Kind] = frozenset({"late", "unreadable", "disk_nearly_full"})
"""What is so whether or not there was a night: it is told once a day, all else once a night."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that needs a person. `subject`: the source, table or file that it is about; `key`: what is told once."""

    kind: Kind
    subject: str
    line: str
    key: str


@dataclass(frozen=True, slots=True)
class News:
    """What a night brings that somebody may want to answer and that is no fault: it is told once a night."""

    people: int = 0
    lines: tuple[str, ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: a title, and lines."""

    title: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join([self.title, *self.lines, ""])


NO_NEWS = News()


def findings(facts: Facts, max_age: timedelta = MAX_AGE) -> list[Finding]:
    """All that needs a person, what keeps readers from the newest night first; empty when all is well."""
    found: list[tuple[Kind, str, str]] = []
    ended = facts.ended
    if ended and ended.failure:
        kind: Kind = "not_copied" if ended.is_published else "not_published"
        said = "is published, but not every copy of it" if ended.is_published else "was not published"
        found.append((kind, "", f"the night of {ended.night} {said}: {ended.failure}"))
    found += _late(facts, max_age)
    found += [("unreadable", reason.partition(":")[0], reason) for reason in facts.unreadable]
    for source in facts.sources:
        if source.status == "failed":
            found.append(("source_failed", source.source_name, f"{source.source_name} failed: {source.error or 'without a reason'}"))
        elif source.suspicion:
            found.append(("source_suspicious", source.source_name, source.suspicion))
    found += [
        ("few_rows", count.name, f"{count.name}: {count.rows:,} rows, {count.rows_before:,} the night before")
        for count in facts.row_counts
        if count.rows_before >= MIN_ROWS_BEFORE and count.rows < USUAL_SHARE * count.rows_before
    ]
    found += _drifts(facts)
    found += [
        ("rule_broken", f"{rule.model}/{rule.rule}", f"{rule.model}: {rule.rows:,} rows break the rule {rule.rule}")
        for rule in facts.broken
    ]
    tonight, *before = facts.backtests or (0.0,)
    if len(before) >= MIN_BACKTESTS and tonight < USUAL_SHARE * mean(before):
        usual = f"{mean(before):.2f} in the {len(before)} nights before"
        line = f"the ranking foretells less: the backtest's NDCG is {tonight:.2f}, and was {usual}"
        found.append(("backtest_worse", "score_backtests", line))
    if facts.free_bytes < facts.needed_bytes:
        line = f"the disk is nearly full: {_gib(facts.free_bytes)} free, the next night may need {_gib(facts.needed_bytes)}"
        found.append(("disk_nearly_full", "", line))
    night = ended.night if ended else None
    return [
        Finding(kind, subject, shown(line), f"{kind} {subject} {facts.now.date() if kind in LASTING else night}")
        for kind, subject, line in found
    ]


def _late(facts: Facts, max_age: timedelta) -> Iterator[tuple[Kind, str, str]]:
    if facts.published_at is None:
        if not facts.unreadable and not facts.is_refreshing:
            yield "late", "", "nothing is published yet: run `groundswell refresh`"
    elif facts.now - facts.published_at > max_age:
        age = f"{_hours(facts.now - facts.published_at)} old, and may be {_hours(max_age)}"
        yield "late", "", f"readers still have the night of {facts.published_night}: it is {age}"


def _drifts(facts: Facts) -> Iterator[tuple[Kind, str, str]]:
    for wrong in facts.wrong:
        if _jumped(wrong):
            usual = f"{wrong.wrong_before / wrong.items_before:.1%} before" if wrong.items_before else "nothing to compare with"
            fields = f" ({wrong.fields})" if wrong.fields else ""
            line = f"{wrong.wrong:,} of {wrong.items:,} {wrong.what}{fields}; {usual}"
            yield "schema_drift", f"{wrong.source_name}/{wrong.entity}", f"{wrong.source_name}: {wrong.entity}: {line}"
    for gone in facts.vanished:
        if gone.rows >= MIN_VANISHED_ROWS and gone.rows_before >= MIN_FILLED_ROWS:
            line = f"{', '.join(gone.columns)}: always filled before, and empty in all {gone.rows:,} rows of the night"
            yield "schema_drift", f"{gone.source_name}/{gone.entity}/filled", f"{gone.source_name}: {gone.entity}: {line}"


def _jumped(wrong: Wrong) -> bool:
    if wrong.wrong < MIN_WRONG or wrong.wrong < WRONG_SHARE * wrong.items:
        return False
    return wrong.wrong * wrong.items_before > WRONG_FACTOR * wrong.wrong_before * wrong.items or not wrong.items_before


def news_of(facts: Facts) -> News:
    """Who on a list posted about us in the newest night; empty where nobody did, or where that night is not published."""
    night = facts.ended.night if facts.ended and facts.ended.is_published else None
    if not facts.listed or facts.published_night != night:
        return News()
    return News(len({post.person for post in facts.listed}), tuple(map(_posted, facts.listed)), f"listed  {night}")


def _posted(post: ListedPost) -> str:
    who, lists, brands = (
        _cut(shown(text).translate(PLAIN), length)
        for text, length in ((post.person, NAME_LENGTH), (post.lists, NAME_LENGTH), (post.brands, NAME_LENGTH))
    )
    said = f': "{_cut(shown(post.sentence).translate(PLAIN), TITLE_LENGTH)}"' if post.sentence else ""
    url = f" {post.url.replace('<', '%3C').replace('>', '%3E')}" if post.url else ""
    return shown(f"{who} ({lists}) posted about {brands}{said}{url}")


def message_of(facts: Facts, found: Sequence[Finding], news: News = NO_NEWS, *, redacted: Callable[[str], str]) -> Message:
    """What is sent where something needs a person or is news; `redacted` takes secrets out of a line."""
    kinds = {finding.kind for finding in found}
    things = "1 thing needs" if len(found) == 1 else f"{len(found)} things need"
    if "not_published" in kinds and facts.ended:
        title = f"the night of {facts.ended.night} was not published"
    elif "late" in kinds:
        title = "no new night is published"
    elif found:
        title = f"{things} a person"
    else:
        title = f"{'somebody' if news.people == 1 else f'{news.people} people'} on your lists posted about you"
    lines = [*_listed([finding.line for finding in found], redacted), *_listed(news.lines, redacted)]
    told_by = "`groundswell status` shows what is so now" if found else "`groundswell list show` shows who is on your lists"
    return Message(f"Groundswell: {title}", (*lines, f"{facts.place}: {told_by}."))


def _listed(lines: Sequence[str], redacted: Callable[[str], str]) -> list[str]:
    more = [f"- and {len(lines) - MAX_LINES} more"] if len(lines) > MAX_LINES else []
    return [f"- {redacted(line)}" for line in lines[:MAX_LINES]] + more


def digest_of(facts: Facts, found: Sequence[Finding], news: News = NO_NEWS, *, redacted: Callable[[str], str]) -> Message:
    """The week's message: its nights, what needs a person, if anything does, and what is news."""
    nights = [
        f"{row.night}: {'published' if row.is_published else 'not published'}, {row.records:,} records, {row.new:,} new"
        + (f", {row.failed} of {row.sources} sources failed" if row.failed else "")
        for row in facts.nights
    ]
    well = () if found else ("- nothing needs a person",)
    told = message_of(facts, found, news, redacted=redacted).lines if found or news.lines else (facts.place,)
    return Message(f"Groundswell: the last {len(nights)} nights", (*nights, *well, *told))


def shown(text: str) -> str:
    """Text from outside as one line: no control characters, and of what is quoted no more than the length of a title.

    An error may quote the value that it is about, and that value may be somebody's post.
    """
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    for quote in "'\"`":
        line = re.sub(f"{quote}([^{quote}]{{{TITLE_LENGTH},}}){quote}", lambda found: f"{found[0][:TITLE_LENGTH]}…{found[0][-1]}", line)
    return _cut(line, LINE_LENGTH)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _hours(age: timedelta) -> str:
    return f"{age / timedelta(hours=1):.0f} h"


def _gib(count: int) -> str:
    return f"{count / 2**30:,.1f} GiB"
