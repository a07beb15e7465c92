from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.signals.contexts import CONTEXTS, WINDOW, read_contexts
from orchestration.signals.words import AGAIN, OTHER, PARTS, TARGET, Words, canonical
from tests.orchestration.signals.mention_frames import frame, mention

SHOWN = {TARGET: "<T>", OTHER: "<O>", AGAIN: "<A>"}


def context_of(marked: str) -> str:
    context = read_contexts(frame([mention(marked)]))["context"].item()
    for sign, shown in SHOWN.items():
        context = context.replace(sign, shown)
    return " ".join(context.split())


def part_of(marked: str, part: str) -> str:
    words = Words.read(read_contexts(frame([mention(marked)]))["context"])
    first, last = (int(place[0]) for place in words.parts[part])
    return " ".join(SHOWN.get(words.distinct[number], words.distinct[number]) for number in words.number[first:last])


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("Switched from {Oakvale} to [Kestrel], never going back", "switched from <O> to <T> , never going back"),
        ("#[Kestrel] and @{oakvale}!", "<T> and <O> !"),
        ("my [Kestrel] is a Kestrel, and #kestrel is its tag", "my <T> is a <A>, and #<A> is its tag".replace("#<A>", "<A>")),
        ("[X] is next to x and xylophones", "<T> is next to x and xylophones"),  # too short a name to look for
        ("Ich mag [Straße] 😍", "ich mag <T> 😍"),
        ("\ue000 is no sign in a post about [Kestrel]", "is no sign in a post about <T>"),
        ("我喜欢[小米]手机", "我喜欢 <T> 手机"),
        ("see https://[kestrel.example]/a", "see https:// <T> /a"),
    ],
)
def test_signs_stand_for_names(marked: str, expected: str) -> None:
    assert context_of(marked) == expected


def test_a_long_text_is_read_around_the_mention_by_whole_sentences() -> None:
    filler = "Nobody reads this. " * 100
    assert context_of(f"{filler}I love my [Kestrel] a lot. {filler}").count("nobody reads this") <= 2 * WINDOW // len("Nobody reads this. ")
    assert context_of(f"{filler}I love my [Kestrel] a lot. {filler}").startswith("nobody reads this. nobody")
    assert "i love my <T> a lot." in context_of(f"{filler}I love my [Kestrel] a lot. {filler}")
    unpunctuated = context_of(f"{'ab ' * 300}[Kestrel]{' cd' * 300}")
    assert set(unpunctuated.split()) == {"ab", "<T>", "cd"}


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("all", "the case is poor , but i like the <T> very much indeed and always will , said ann ."),
        ("clause", "i like the <T> very much indeed and always will"),
        ("left", "but i like the"),
        ("right", "very much indeed and"),
        ("before", "the case is poor , but i like the"),
        ("after", "very much indeed and always will , said ann ."),
    ],
)
def test_parts(part: str, expected: str) -> None:
    assert part_of("The case is poor, but I like the [Kestrel] very much indeed and always will, said Ann.", part) == expected


def test_a_negation_ends_with_its_clause() -> None:
    words = Words.read(pl.Series(["i do not like it , good tea", "never ever buy it again because of tea", "good", "tea isn't"]))
    negated = [words.distinct[number] for number, is_negated in zip(words.number, words.negated, strict=True) if is_negated]
    assert negated == ["like", "it", "ever", "buy", "it", "again"]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("soooo", "soo"),
        ("!!!!", "!!"),
        ("#love", "love"),
        ("#not", "#not"),
        ("@ann", "<user>"),
        ("2024", "<number>"),
        ("http://a", "<url>"),
    ],
)
def test_one_spelling(word: str, expected: str) -> None:
    assert canonical(word) == expected


FRAGMENTS = st.sampled_from(
    ["[Kestrel]", "{Oak}", " ", ". ", "not ", "but ", "😍", "\u200d", "\ufe0f", "我", "א", "\ue000", "\x00", "é", "ß", "İ", "#", "@"]
)
MARKED = st.lists(FRAGMENTS | st.text(st.characters(exclude_characters="[]{}", exclude_categories=["Cs"])), max_size=12).map("".join)


@settings(max_examples=150)
@given(st.lists(MARKED, max_size=5))
def test_any_text_has_its_ranges_in_itself(texts: list[str]) -> None:
    asked = frame([mention(text) for text in texts])
    contexts = read_contexts(asked)
    assert contexts.schema == CONTEXTS
    assert contexts["mention_row"].to_list() == asked.drop_nulls("span_start")["mention_row"].to_list()
    assert contexts["context"].str.count_matches(TARGET).eq(1).all()
    words = Words.read(contexts["context"])
    for name in PARTS:
        first, last = words.parts[name]
        assert np.all((words.starts[:-1] <= first) & (first <= last) & (last <= words.starts[1:]))


@settings(max_examples=50)
@given(st.lists(MARKED, min_size=1, max_size=5))
def test_a_mention_is_read_alone(texts: list[str]) -> None:
    asked = frame([mention(text) for text in texts])
    alone = pl.concat([read_contexts(one) for one in asked.iter_slices(1)])
    assert read_contexts(asked).equals(alone)
    assert read_contexts(asked.reverse()).equals(alone.reverse())
