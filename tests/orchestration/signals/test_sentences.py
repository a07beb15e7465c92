from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars import col

from orchestration.signals.sentences import REACH, sentence

WORDS = " ".join("abcdefghi" for _ in range(20))


def cut(*rows: tuple[str | None, str | None, str | None]) -> list[str | None]:
    frame = pl.DataFrame(rows, schema={"before": pl.String, "matched": pl.String, "after": pl.String}, orient="row")
    return frame.select(sentence=sentence(col("before"), col("matched"), col("after")))["sentence"].to_list()


@pytest.mark.parametrize(
    ("before", "matched", "after", "expected"),
    [
        ('Hello "you." My ', "Kestrel", " broke! Twice.", "My Kestrel broke!"),
        ("Title\n\n", "Kestrel", "\nMore", "Kestrel"),
        ("Yes? See ", "kestrel.example", "/v2.0 now… or never", "See kestrel.example/v2.0 now…"),
        ("", "Kestrel\n Glide", " pro", "Kestrel Glide pro"),
        ("はい。", "赤鷹", "を買った。次の文。", "赤鷹を買った。"),
        ("ما رأيك؟ ", "كيستريل", " جيد؟ نعم", "كيستريل جيد؟"),
        ("(It works.) ", "Kestrel", "...) and", "Kestrel...)"),
        ("A. B. ", "Kestrel", ".", "Kestrel."),
    ],
)
def test_a_sentence_ends_where_readers_see_it_end(before: str, matched: str, after: str, expected: str) -> None:
    assert cut((before, matched, after)) == [expected]


def test_a_long_sentence_is_cut_at_a_word_and_gets_dots() -> None:
    [found] = cut((f"{WORDS} ", "kestrel", f" {WORDS}"))
    assert found is not None
    assert found == "…" + "abcdefghi " * 14 + "kestrel" + " abcdefghi" * 14 + "…"


def test_exactly_all_of_the_text_gets_no_dots() -> None:
    assert cut(("a" * REACH, "k", "b" * REACH)) == ["a" * REACH + "k" + "b" * REACH]


def test_a_mention_in_a_link_has_none() -> None:
    assert cut((None, "kestrel", None)) == [None]


@given(st.text(max_size=400), st.text(max_size=400))
def test_it_is_short_and_holds_the_mention(before: str, after: str) -> None:
    [found] = cut((before, "kestrel", after))
    assert found is not None
    assert "kestrel" in found
    assert len(found) <= 2 * REACH + len("…kestrel…")
