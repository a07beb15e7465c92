"""Character references: every name of HTML, numbers, Windows-1252, and what is none."""

from __future__ import annotations

from html import escape
from html.entities import html5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.markup.entities import resolved, unescaped

WITHOUT_NO_BREAK = st.text(st.characters(exclude_characters="\xa0", codec="utf-8"))


def test_every_name_of_html_is_known() -> None:
    names = [name for name in html5 if name.endswith(";")]
    assert len(names) == 2_125
    assert [name for name in names if resolved(f"a&{name}b") != f"a{html5[name]}b".replace("\xa0", " ")] == []


def test_every_number_of_windows_1252_is_its_character() -> None:
    told = {number: resolved(f"&#{number};") for number in range(128, 160) if number not in {129, 141, 143, 144, 157}}
    assert told == {number: bytes([number]).decode("cp1252") for number in told}
    assert resolved("it&#x92;s &#X93;fine&#148;") == "it\u2019s “fine”"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("T&auml;m&auml; caf&eacute; it&#146;s", "Tämä café it\u2019s"),
        ("caf&eacute &amp x&#39s &lt b", "café & x's < b"),
        ("&CounterClockwiseContourIntegral; &NotEqualTilde;", "∳ ≂̸"),
        ("a&nbsp;b", "a b"),
        ("&amp;lt; is once", "&lt; is once"),
    ],
)
def test_references_are_resolved_once(text: str, shown: str) -> None:
    assert resolved(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "AT&T",
        "R&D; Q&A",
        "&nope;",
        "&#0;",
        "&#xD800;",
        "&#1114112;",
        "&#;",
        "&;",
        "?a=1&copy=2&lang=de&reg_id=3",
        "&notebook; & so",
        "a & b",
    ],
)
def test_what_is_no_reference_stays(text: str) -> None:
    assert resolved(text) == text


@pytest.mark.parametrize("name", ["Fish & Chips", "Ada\u2019s Café", '"Tom"', "5 < 6", "AT&T"])
@pytest.mark.parametrize("times", [0, 1, 2])
def test_a_name_is_plain_however_often_it_was_escaped(name: str, times: int) -> None:
    escaped = name
    for _ in range(times):
        escaped = escape(escaped)
    assert unescaped(escaped) == name


@given(WITHOUT_NO_BREAK)
def test_what_was_escaped_comes_back(text: str) -> None:
    assert resolved(escape(text)) == text


@given(st.text("&#;xX0123456789abcltgAMPquot=_ "))
def test_nothing_makes_it_fail(text: str) -> None:
    assert "\x00" not in resolved(text)
    assert len(unescaped(text)) <= len(text)
