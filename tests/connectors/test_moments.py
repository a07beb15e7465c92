"""Times as people and programs write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.moments import doubts, order_of, told
from connectors.zones import AMBIGUOUS, ZONES


def read(text: str) -> str | None:
    moment = told(text).moment
    return moment.isoformat().removesuffix("+00:00") if moment else None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Thu, 10 Sep 2026 08:00:00 +0000", "2026-09-10T08:00:00"),
        ("Thu, 10 Sep 2026 08:00:00 CEST", "2026-09-10T06:00:00"),
        ("Thu, 10 Sep 2026 08:00:00 CET", "2026-09-10T07:00:00"),
        ("Thu, 10 Sep 2026 08:00:00 BST", "2026-09-10T07:00:00"),
        ("Thu, 10 Sep 2026 08:00:00 IST", "2026-09-10T02:30:00"),
        ("Thu, 10 Sep 2026 08:00:00 JST", "2026-09-09T23:00:00"),
        ("Thu, 10 Sep 2026 08:00:00 AEST", "2026-09-09T22:00:00"),
        ("Thu, 10 Sep 2026 08:00:00 MSK", "2026-09-10T05:00:00"),
        ("Thu, 10 Sep 2026 08:00:00 EST", "2026-09-10T13:00:00"),
        ("Thu, 10 Dec 2026 08:00:00 ET", "2026-12-10T13:00:00"),
        ("Thu, 10 Sep 2026 08:00:00 ET", "2026-09-10T12:00:00"),
        ("Thu, 10 Sep 2026 08:00:00 +0200 (CEST)", "2026-09-10T06:00:00"),
        ("10 Sep 2026 08:00:00 -0500 EST", "2026-09-10T13:00:00"),
        ("10 Sep 2026 08:00:00 GMT+2", "2026-09-10T06:00:00"),
        ("10 Sep 2026 08:00:00 UTC-03:30", "2026-09-10T11:30:00"),
        ("Thu, 10 Sep 2026 08:00:00 Europe/Berlin", "2026-09-10T06:00:00"),
        ("Thu Sep 10 08:00:00 CEST 2026", "2026-09-10T06:00:00"),
        ("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37"),
        ("Fri, 2006/09/15 08:19:53 EDT", "2006-09-15T12:19:53"),
        ("2026/9/9 15:07:41", "2026-09-09T15:07:41"),
        ("9/27/2026 3:07:41 PM", "2026-09-27T15:07:41"),
        ("27/9/2026 12:07 am", "2026-09-27T00:07:00"),
        ("9/9/2026", "2026-09-09T00:00:00"),
        ("Thu, 9/10/2026 08:00", "2026-09-10T08:00:00"),
        ("10.9.2026 8:00", "2026-09-10T08:00:00"),
        ("8 AM 10 Sep 2026", "2026-09-10T08:00:00"),
        ("September 10th, 2026 at 12:30 p.m.", "2026-09-10T12:30:00"),
        ("1789030860", "2026-09-10T09:01:00"),
        ("1789030860123", "2026-09-10T09:01:00.123000"),
        ("1789030860.5", "2026-09-10T09:01:00.500000"),
        ("1789030860000000", "2026-09-10T09:01:00"),
        ("20260910T080000+0200", "2026-09-10T06:00:00"),
        ("20260910", "2026-09-10T00:00:00"),
        ("2026-09-10T08", "2026-09-10T08:00:00"),
        ("2026-09-10T08:00:00Z[UTC]", "2026-09-10T08:00:00"),
        ("2026-09", "2026-09-01T00:00:00"),
        ("2026-W37-4", "2026-09-10T00:00:00"),
        ("2026-253", "2026-09-10T00:00:00"),
        ("Thu, 10 Sep 2026 23:59:60 GMT", "2026-09-10T23:59:59"),
        ("Thu, 10 Sep 2026 24:00:00 GMT", "2026-09-11T00:00:00"),
        ("Do, 10. September 2026 08:00 Uhr MESZ", "2026-09-10T06:00:00"),
        ("jeu. 10 août 2026 08:00 +0200", "2026-08-10T06:00:00"),
        ("mar, 10 mar 2026 08:00 GMT", "2026-03-10T08:00:00"),
        ("10 de setembro de 2026", "2026-09-10T00:00:00"),
        ("2026년 09월 10일 08:00:00", "2026-09-10T08:00:00"),
    ],
)
def test_what_can_be_read(text: str, moment: str) -> None:
    assert read(text) == moment


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("9/10/2026 3:07 PM", "can be read in two ways"),
        ("10-09-2026", "can be read in two ways"),
        ("10 Sep", "names no year"),
        ("Thu, 10 Sep 08:00:00 GMT", "names no year"),
        ("September 2026", "names no year"),
        ("08:00", "is no time that is known"),
        ("yesterday", "is no time that is known"),
        ("--09-10", "is no time that is known"),
        ("26-09-10", "is no time that is known"),
        ("2026/9/9 15", "is no time that is known"),
        ("", "is no time"),
        ("x" * 10_000, "is no time"),
        ("0", "is no time that is known"),
        ("-1", "is no time that is known"),
        ("0000-00-00 00:00:00", "is no time that there is"),
        ("Thu, 31 Sep 2026 08:00:00 GMT", "is no time that there is"),
        ("Thu, 10 Sep 2026 25:00:00 GMT", "has no such time of day"),
    ],
)
def test_no_part_is_made_up(text: str, problem: str) -> None:
    found = told(text)
    assert (found.moment, found.problem) == (None, problem)


def test_the_days_of_a_document_tell_which_number_is_the_month() -> None:
    assert order_of(["9/10/2026", "9/27/2026"]) == "month"
    assert order_of(["9/10/2026", "27/9/2026"]) == "day"
    assert order_of(["27/9/2026", "9/27/2026"]) is None
    assert order_of(["27.9.2026", "9/10/2026"]) is None
    assert told("9/10/2026", "day").moment == datetime(2026, 10, 9, tzinfo=UTC)


def test_what_is_taken_on_trust_is_told() -> None:
    entries = [
        ["Thu, 10 Sep 2026 08:00:00 IST"],
        ["2026-09-10", "2026-09-11"],
        ["10 Sep 2026 08:00 XYZ"],
        ["9/10/2026"],
        ["2026-09-10T08:00Z"],
    ]
    assert doubts([[(text, told(text)) for text in texts] for texts in entries]) == [
        "1 of 5 entries have a date that names the zone IST: read as that of India, +05:30; also Ireland, +01:00, and Israel, +02:00; "
        "the first: 'Thu, 10 Sep 2026 08:00:00 IST'",
        "1 of 5 entries have a date that names no zone: read as UTC; the first: '2026-09-10'",
        "1 of 5 entries have a date that names the zone xyz, which is not known: read as UTC; the first: '10 Sep 2026 08:00 XYZ'",
        "1 of 5 entries have a date that cannot be read; the first: '9/10/2026' can be read in two ways",
    ]
    assert set(AMBIGUOUS) <= set(ZONES)
