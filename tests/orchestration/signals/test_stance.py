from __future__ import annotations

from pathlib import Path

import polars as pl
import polars.testing
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from orchestration.signals.passages import LANGUAGES
from orchestration.signals.stance import CLASSES, STANCES, read_stances
from tests.orchestration.signals.mention_frames import MENTIONS, frame, mention

EXAMPLES = Path(__file__).with_name("examples.csv")
FLOOR = 0.60


def marked_examples() -> pl.DataFrame:
    """The hand-written test mentions with a column `marked`, as `mention` reads it; a name's second time is not marked."""
    marked = pl.col("text").str.replace(r"\$T\$", "[Kestrel]").str.replace_all("$T$", "Kestrel", literal=True)
    return pl.read_csv(EXAMPLES).with_columns(marked=marked.str.replace_all("$O$", "{Oakvale}", literal=True))


def stance(marked: str, language: str | None = "en", media_type: str | None = None) -> str | None:
    found = read_stances(frame([mention(marked, language, media_type)]))["stance"].item()
    return None if found is None else str(found)


def test_hand_written_mentions() -> None:
    examples = marked_examples()
    found = read_stances(frame([mention(marked) for marked in examples["marked"]]))["stance"]
    expected = examples["stance"].replace_strict([-1, 0, 1], CLASSES, return_dtype=pl.String)
    assert f1_score(expected, found, average="macro") >= FLOOR


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("I love my [Kestrel], best shoes ever", "positive"),
        ("I hate my [Kestrel], worst shoes ever", "negative"),
        ("The [Kestrel] is not good at all", "negative"),
        ("[Kestrel] opens a shop in Leeds on Monday", "neutral"),
        ("my new [Kestrel] 😍😍", "positive"),
        ("[Kestrel] support never answers, what a disgrace", "negative"),
        ("{Oakvale} is awful, but the [Kestrel] is great", "positive"),
        ("{Oakvale} is great, but the [Kestrel] is awful", "negative"),
    ],
)
def test_what_is_said_of_the_brand(marked: str, expected: str) -> None:
    assert stance(marked) == expected


@pytest.mark.parametrize(
    ("liked", "disliked"),
    [
        ("Switched from {Oakvale} to [Kestrel], never going back", "Switched from [Oakvale] to {Kestrel}, never going back"),
        ("The [Kestrel] is so much better than the {Oakvale}", "The {Kestrel} is so much better than the [Oakvale]"),
        ("{Oakvale} broke in a week but [Kestrel] is great", "[Oakvale] broke in a week but {Kestrel} is great"),
    ],
)  # fmt: skip
def test_two_brands_in_one_post_differ(liked: str, disliked: str) -> None:
    scores = read_stances(frame([mention(liked), mention(disliked)]))["stance_score"]
    assert scores[0] > scores[1]


@pytest.mark.parametrize(
    ("marked", "language"), [("Ik hou van mijn [Kestrel]", "nl"), ("I love my [Kestrel]", None), ("I love it, see the link", "en")]
)
def test_never_a_guess_dressed_as_a_value(marked: str, language: str | None) -> None:
    assert read_stances(frame([mention(marked, language)])).row(0) == (0, None, None, None)


def test_nothing_in_nothing_out() -> None:
    found = read_stances(pl.DataFrame(schema=MENTIONS))
    assert found.schema == STANCES
    assert found.is_empty()


def test_reviews_are_read_as_reviews() -> None:
    marked = "The [screen] is bright, the keyboard is not"
    as_post, as_review = (read_stances(frame([mention(marked, media_type=one)]))["stance_score"].item() for one in (None, "review"))
    assert as_post != as_review


TEXT = st.lists(
    st.sampled_from(["[Kestrel]", "{Oak}", " love ", " not ", ". ", "😍", "我", "\x00"])
    | st.text(st.characters(exclude_characters="[]{}", exclude_categories=["Cs"]), max_size=20),
    max_size=8,
).map("".join)
ROWS = st.lists(
    st.builds(mention, TEXT, st.sampled_from(["en", "de", "ja", "nl", None]), st.sampled_from([None, "review", "text"])), max_size=5
)


@settings(max_examples=60)
@given(ROWS)
def test_any_mention_has_a_row_and_is_read_alone(rows: list[tuple[object, ...]]) -> None:
    asked = frame(rows)
    found = read_stances(asked)
    assert found.schema == STANCES
    assert found["mention_row"].to_list() == asked["mention_row"].to_list()
    readable = asked.select(read=pl.col("span_start").is_not_null() & pl.col("language").is_in(LANGUAGES).fill_null(False))["read"]
    assert found["stance"].is_not_null().to_list() == readable.to_list()
    assert found.select((pl.col("stance_confidence").drop_nulls().is_between(1 / 3 - 1e-3, 1)).all()).item()
    assert found.select((pl.col("stance_score").drop_nulls().is_between(-1, 1)).all()).item()
    alone = pl.concat([found.clear(), *(read_stances(one) for one in asked.iter_slices(1))])
    pl.testing.assert_frame_equal(found, alone, abs_tol=2e-4)
