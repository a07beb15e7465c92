"""Strings found whatever way they are written."""

from __future__ import annotations

from unicodedata import normalize

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.privacy import matching
from orchestration.privacy.identifiers import MARK
from orchestration.privacy.matching import Matcher


@pytest.mark.parametrize("name", ["Анна Каренина", "José Peñalba", "Ζωή Παπαδάκη"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_name_is_found_in_both_cases_and_both_forms_of_unicode(name: str, form: str) -> None:
    matcher = Matcher({normalize("NFD", name) if form == "NFC" else name: MARK})
    written = [normalize(form, one) for one in (name, name.upper(), name.lower())]  # type: ignore[arg-type]
    assert matcher.replaced(f"ask {written[0]}, {written[1]} or {written[2]}.") == f"ask {MARK}, {MARK} or {MARK}."


PIECES = st.sampled_from(
    ["files:p12", "p12", "p1", "np12", "41p12", "u00e9p12", "\\n", "\\u00e9", "%20", "%3A", "/", " ", "-", "é", "Ünal", "_", "https://a.b/"]
)


@settings(max_examples=300)
@given(st.lists(st.lists(PIECES, min_size=1, max_size=3).map("".join), min_size=1, max_size=6), st.lists(PIECES, max_size=8).map("".join))
def test_of_very_many_strings_those_are_looked_for_that_may_be_there(strings: list[str], text: str) -> None:
    plain = Matcher(dict.fromkeys(strings, "-"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(matching, "MANY", 0)
        indexed = Matcher(dict.fromkeys(strings, "-"))
    assert indexed.spans(text) == plain.spans(text)
    assert set(indexed.endings(pl.Series([text]))) <= set(plain.endings(pl.Series([text])))


def test_many_strings_are_found_in_a_long_text_in_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "MANY", 0)
    monkeypatch.setattr(matching, "CHUNK", 100)
    monkeypatch.setattr(matching, "LINES", 7)
    matcher = Matcher({f"p{number}": f"<{number}>" for number in range(0, 2000, 2)})
    lines = [f"é P{number} says hello" for number in range(2000)]
    told = [f"é <{number}> says hello" if number % 2 == 0 else f"é P{number} says hello" for number in range(2000)]
    assert matcher.replaced("\n".join(lines)) == "\n".join(told)
    assert len(matcher.spans("\n".join(lines))) == 1000
