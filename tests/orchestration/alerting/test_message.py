"""What a night's message says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from orchestration.alerting.facts import BrokenRule, Ended, Facts, ListedPost, NightRow, RowCount, SourceFacts, Vanished, Wrong
from orchestration.alerting.message import LINE_LENGTH, digest_of, findings, message_of, news_of, shown

NOW = datetime(2026, 9, 11, 2, tzinfo=UTC)
NIGHT = date(2026, 9, 10)
WELL = Facts(
    now=NOW,
    place="host, /homes/brand",
    ended=Ended(NIGHT),
    published_night=NIGHT,
    published_at=NOW,
    free_bytes=100,
    needed_bytes=10,
    sources=(SourceFacts("forum", "succeeded"),),
    row_counts=(RowCount("fct_posts", 900, 1000),),
    backtests=(0.5, *[0.55] * 7),
    wrong=(Wrong("forum", "posts", "are wrong", 9, 100, 0, 900), Wrong("forum", "posts", "are wrong", 100, 1000, 90, 1000)),
    vanished=(Vanished("forum", "posts", ("title",), 9, 900), Vanished("forum", "posts", ("title",), 90, 29)),
    nights=(NightRow(NIGHT, True, 1, 0, 1200, 34),),
)


def unchanged(line: str) -> str:
    return line


def test_all_is_well() -> None:
    assert findings(WELL) == []


@pytest.mark.parametrize(
    ("changed", "kind", "line"),
    [
        ({"ended": Ended(NIGHT, "score: no room", False)}, "not_published", "the night of 2026-09-10 was not published: score: no room"),
        ({"ended": Ended(NIGHT, "report: x")}, "not_copied", "the night of 2026-09-10 is published, but not every copy of it: report: x"),
        (
            {"published_at": NOW - timedelta(hours=27)},
            "late",
            "readers still have the night of 2026-09-10: it is 27 h old, and may be 26 h",
        ),
        ({"published_at": None}, "late", "nothing is published yet: run `groundswell refresh`"),
        ({"unreadable": ("/data/w: cannot be read: no",)}, "unreadable", "/data/w: cannot be read: no"),
        ({"sources": (SourceFacts("forum", "failed", "gone"),)}, "source_failed", "forum failed: gone"),
        ({"sources": (SourceFacts("forum", "succeeded", None, "forum brought 1"),)}, "source_suspicious", "forum brought 1"),
        ({"row_counts": (RowCount("fct_posts", 799, 1000),)}, "few_rows", "fct_posts: 799 rows, 1,000 the night before"),
        (
            {"wrong": (Wrong("forum", "posts", "have values of another type than declared", 10, 100, 1, 1000, "likes"),)},
            "schema_drift",
            "forum: posts: 10 of 100 have values of another type than declared (likes); 0.1% before",
        ),
        (
            {"vanished": (Vanished("forum", "posts", ("title", "body"), 10, 30),)},
            "schema_drift",
            "forum: posts: title, body: always filled before, and empty in all 10 rows of the night",
        ),
        (
            {"broken": (BrokenRule("fct_posts", "accepted_values_fct_posts_language_source", 1200),)},
            "rule_broken",
            "fct_posts: 1,200 rows break the rule accepted_values_fct_posts_language_source",
        ),
        (
            {"backtests": (0.3, *[0.5] * 7)},
            "backtest_worse",
            "the ranking foretells less: the backtest's NDCG is 0.30, and was 0.50 in the 7 nights before",
        ),
        (
            {"free_bytes": 2**30, "needed_bytes": 2**31},
            "disk_nearly_full",
            "the disk is nearly full: 1.0 GiB free, the next night may need 2.0 GiB",
        ),
    ],
)
def test_what_needs_a_person_is_one_line(changed: dict[str, object], kind: str, line: str) -> None:
    [found] = findings(replace(WELL, **changed))  # type: ignore[arg-type]
    assert (found.kind, found.line) == (kind, line)


def test_one_message_says_all_and_what_is_worst_in_its_title() -> None:
    facts = replace(WELL, ended=Ended(NIGHT, "score: s3cret", False), sources=(SourceFacts("forum", "failed", "gone"),))
    message = message_of(facts, findings(facts), redacted=lambda line: line.replace("s3cret", "***"))
    assert str(message).splitlines() == [
        "Groundswell: the night of 2026-09-10 was not published",
        "- the night of 2026-09-10 was not published: score: ***",
        "- forum failed: gone",
        "host, /homes/brand: `groundswell status` shows what is so now.",
    ]


def test_many_findings_are_counted() -> None:
    facts = replace(WELL, sources=tuple(SourceFacts(f"s{number}", "failed", "gone") for number in range(50)))
    message = message_of(facts, findings(facts), redacted=unchanged)
    assert message.title == "Groundswell: 50 things need a person"
    assert message.lines[-2] == "- and 30 more"


def test_the_digest_lists_the_nights() -> None:
    message = digest_of(WELL, [], redacted=unchanged)
    assert str(message).splitlines() == [
        "Groundswell: the last 1 nights",
        "2026-09-10: published, 1,200 records, 34 new",
        "- nothing needs a person",
        "host, /homes/brand",
    ]


@pytest.mark.parametrize("quote", ["'", '"', "`"])
def test_of_what_an_error_quotes_a_titles_length_is_shown(quote: str) -> None:
    post = "My neighbour told me everything about her illness. " * 5
    line = shown(f"Could not convert string {quote}{post}{quote} to INT64\x1b[2J\nLINE 1")
    assert "everything about her illness" in line
    assert line.count("illness") == 1
    assert line.endswith("to INT64 [2J LINE 1")
    assert len(shown("x" * 1000)) == LINE_LENGTH


ADA = ListedPost("Ada", "q4; vip", "Kestrel", "My Kestrels are worn out.", "https://pond.example/@ada/1")


def test_news_is_told_apart_from_what_needs_a_person() -> None:
    facts = replace(WELL, listed=(ADA, replace(ADA, sentence=None, url=None), replace(ADA, person="Bo")))
    news = news_of(facts)
    assert findings(facts) == []
    assert str(message_of(facts, [], news, redacted=unchanged)).splitlines() == [
        "Groundswell: 2 people on your lists posted about you",
        '- Ada (q4; vip) posted about Kestrel: "My Kestrels are worn out." https://pond.example/@ada/1',
        "- Ada (q4; vip) posted about Kestrel",
        '- Bo (q4; vip) posted about Kestrel: "My Kestrels are worn out." https://pond.example/@ada/1',
        "host, /homes/brand: `groundswell list show` shows who is on your lists.",
    ]
    failed = replace(facts, sources=(SourceFacts("forum", "failed", "gone"),))
    message = message_of(failed, findings(failed), news, redacted=unchanged)
    assert message.title == "Groundswell: 1 thing needs a person"
    assert message.lines[0] == "- forum failed: gone"
    assert len(message.lines) == 5
    assert digest_of(facts, [], news, redacted=unchanged).lines[1] == "- nothing needs a person"
    assert digest_of(facts, [], news, redacted=unchanged).lines[2].startswith("- Ada (q4; vip) posted")


def test_one_person_is_somebody_and_a_night_that_is_not_published_brings_no_news() -> None:
    facts = replace(WELL, listed=(ADA,))
    assert message_of(facts, [], news_of(facts), redacted=unchanged).title == "Groundswell: somebody on your lists posted about you"
    assert news_of(WELL).lines == ()
    assert news_of(replace(facts, ended=Ended(NIGHT, "no room", is_published=False))).lines == ()
    assert news_of(replace(facts, ended=Ended(NIGHT + timedelta(days=1)))).lines == ()
    many = replace(facts, listed=(ADA,) * 50)
    assert message_of(many, [], news_of(many), redacted=unchanged).lines[-2] == "- and 30 more"


def test_what_somebody_writes_calls_nobody_and_fits_a_line() -> None:
    hostile = ListedPost(
        "<!channel> @everyone\u202e" + "x" * 100, "q4" * 50, "Kestrel" * 20,
        "[click](https://evil.example)\n\x1b[2J @here <u|x> " + "y" * 500,
        "https://pond.example/<!channel>/" + "z" * 500,
    )  # fmt: skip
    [line] = news_of(replace(WELL, listed=(hostile,))).lines
    assert not set("<>@[]\n\x1b\u202e") & set(line)
    assert line.count("y") < 80
    assert len(line) == LINE_LENGTH
