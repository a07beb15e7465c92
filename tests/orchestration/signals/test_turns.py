"""Turns of transcripts: a mention is read by the words of who speaks, and shown with their name."""

from __future__ import annotations

import polars as pl
import pytest

from orchestration.signals.turns import turn_of
from tests.orchestration.signals.test_reading_signals import TERMS, posts, read_signals

NOTES = "Lap 3\n\nWith: Cy and a Kestrel\n\n"
SPOKEN = "Ada: I love running. My Fernway is great.\nReally good.\nBo: The Kestrel is terrible, I hate it.\nAda: Fine."


@pytest.mark.parametrize(
    ("name", "speaker", "turn"),
    [
        ("Fernway", "Ada", "Ada: I love running. My Fernway is great.\nReally good.\n"),
        ("Kestrel is", "Bo", "Bo: The Kestrel is terrible, I hate it.\n"),
        ("Fine", "Ada", "Ada: Fine."),
        ("a Kestrel", "With", "With: Cy and a Kestrel"),
        ("Lap", None, NOTES + SPOKEN),
    ],
)
def test_a_turn_goes_from_its_speaker_to_the_next(name: str, speaker: str | None, turn: str) -> None:
    text = NOTES + SPOKEN
    start = text.index(name)
    begins, ends, found = turn_of(text, start, start + len(name))
    assert (text[begins:ends], found) == (turn, speaker)


def test_what_another_says_is_no_stance_of_the_speaker() -> None:
    found, _ = read_signals(posts(("1", SPOKEN), media_type="audio", language="en"), TERMS)
    assert found.select("brand_id", "sentence", "stance").rows() == [
        ("fernway", "Ada: My Fernway is great.", "positive"),
        ("kestrel", "Bo: The Kestrel is terrible, I hate it.", "negative"),
    ]


def test_a_written_text_has_no_turns() -> None:
    found, _ = read_signals(posts(("1", SPOKEN), media_type="text", language="en"), TERMS)
    assert found["sentence"].to_list() == ["My Fernway is great.", "Bo: The Kestrel is terrible, I hate it."]


def test_spans_stay_those_of_the_text() -> None:
    found, _ = read_signals(posts(("1", NOTES + SPOKEN), media_type="video"), TERMS)
    cut = found.select(pl.struct("span_start", "span_end", "matched_text")).to_series().to_list()
    assert [(NOTES + SPOKEN)[one["span_start"] : one["span_end"]] for one in cut] == [one["matched_text"] for one in cut]
    assert len(cut) == 3
