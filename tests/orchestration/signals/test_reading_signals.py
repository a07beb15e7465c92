from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest
from polars import col

from orchestration.signals import intent, language, nightly, stance
from orchestration.signals.answers import ANSWERS
from orchestration.signals.language import TELLERS
from orchestration.signals.nightly import MENTIONS, POSTS, extractor_version

TERMS = pl.DataFrame(
    [("kestrel", "glide", None, "glide", "word"), ("kestrel", None, None, "kestrel", "word"), ("fernway", None, None, "fernway", "word"),
     ("ohmline", None, None, "ohmline.example", "domain"), (None, None, "trail", "trails", "word")],
    schema=["brand_id", "product_id", "topic_id", "term", "kind"], orient="row",
)  # fmt: skip
GIVEN = {
    "post_id": pl.String(), "text": pl.String(), "urls": pl.List(pl.String()), "language": pl.String(), "media_type": pl.String(),
    "is_paid_partnership": pl.Boolean(), "text_hash": pl.String(), "said_at": pl.Datetime("us", "UTC"),
}  # fmt: skip


def posts(*rows: tuple[str, str | None], **values: object) -> pl.DataFrame:
    given = {"urls": None, "language": None, "media_type": "text", "is_paid_partnership": None, "text_hash": "h", "said_at": None} | values
    return pl.DataFrame([{"post_id": post_id, "text": text, **given} for post_id, text in rows], schema=GIVEN)


def read_signals(given: pl.DataFrame, terms: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The mentions and the posts; no language is told but the platform's."""
    shown = language.read_languages(given.select("post_id", "text"))
    told = shown.with_columns(*(pl.lit(None, pl.String).alias(f"{teller}_language") for teller in TELLERS))
    told = told.with_columns(platform_language=given["language"])
    mentions, read, answers = nightly.read_signals(given, told.hstack(language.reading_languages(told)), terms)
    assert dict(answers.schema) == ANSWERS
    return mentions, read


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[pl.DataFrame]:
    """What stance and intent are read of; they are the mention's own words and its brand, the language is what a post begins with."""
    frames: list[pl.DataFrame] = []

    def stances(mentions: pl.DataFrame) -> pl.DataFrame:
        frames.append(mentions)
        own = col("text").str.slice(col("span_start"), col("span_end") - col("span_start"))
        read = mentions.select("mention_row", stance=own, stance_score=0.5, stance_confidence=0.75)
        return read.cast(stance.STANCES)  # type: ignore[arg-type]

    def intents(mentions: pl.DataFrame) -> pl.DataFrame:
        read = mentions.select(
            "mention_row", intent=pl.concat_str("brand_id", pl.lit("!")), intent_confidence=0.25, adoption_probability=0.125
        )
        return read.cast(intent.INTENTS)  # type: ignore[arg-type]

    def languages(read: pl.DataFrame) -> pl.DataFrame:
        found = col("text").str.extract(r"^(\w\w): ")
        return read.select("post_id", language=found, language_confidence=pl.when(found.is_not_null()).then(0.8)).cast(language.LANGUAGES)  # type: ignore[arg-type]

    monkeypatch.setattr(stance, "read_stances", stances)
    monkeypatch.setattr(intent, "read_intents", intents)
    monkeypatch.setattr(language, "read_languages", languages)
    return frames


def test_each_mention_has_its_own_stance_and_intent(asked: list[pl.DataFrame]) -> None:
    mentions, read = read_signals(posts(("2", "Fernway, not Kestrel #ad"), ("1", "on trails with my Glide"), ("3", "nothing")), TERMS)
    assert dict(mentions.schema) == MENTIONS
    assert dict(read.schema) == POSTS
    assert mentions.select("post_id", "brand_id", "product_id", "topic_id", "stance", "intent").rows() == [
        ("1", None, None, "trail", "trails", "trail!"),
        ("1", "kestrel", "glide", None, "Glide", "kestrel!"),
        ("2", "fernway", None, None, "Fernway", "fernway!"),
        ("2", "kestrel", None, None, "Kestrel", "kestrel!"),
    ]
    assert mentions.row(0, named=True)["stance_score"] == 0.5
    assert mentions["adoption_probability"].to_list() == [0.125] * 4
    assert read.select("post_id", "disclosure_class", "disclosure_cue", "text_hash").rows() == [
        ("2", "clear", "#ad", "h"),
        ("1", "none", None, "h"),
        ("3", "none", None, "h"),
    ]
    versions = {*mentions["extractor_version"], *read["extractor_version"]}
    assert versions == {extractor_version(TERMS)}


def test_a_mention_is_read_with_the_spans_of_other_brands_beside_it(asked: list[pl.DataFrame]) -> None:
    text = "Kestrel Glide or Fernway? on trails, kestrel!"
    read_signals(posts(("1", "Fernway"), ("2", text), ("3", "Fernway")), TERMS)
    [frame] = asked
    named = {
        text[row["span_start"] : row["span_end"]]: [text[other["start"] : other["end"]] for other in row["other_spans"]]
        for row in frame.filter(text=text).iter_rows(named=True)
    }
    assert named == {
        "Kestrel": ["Fernway"],
        "Glide": ["Fernway"],
        "Fernway": ["Kestrel", "Glide", "kestrel"],
        "trails": ["Kestrel", "Glide", "Fernway", "kestrel"],
        "kestrel": ["Fernway"],
    }


def test_only_the_nearest_others_are_looked_at(asked: list[pl.DataFrame], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly, "NEIGHBOURS", 1)
    read_signals(posts(("1", "fernway kestrel fernway fernway")), TERMS)
    [frame] = asked
    assert [[other["start"] for other in others] for others in frame["other_spans"]] == [[8], [0, 16], [8], []]


def test_a_mention_in_a_link_is_no_others_neighbour(asked: list[pl.DataFrame]) -> None:
    mentions, _ = read_signals(posts(("1", "my kestrel"), urls=["https://ohmline.example/"]), TERMS)
    assert mentions.select("brand_id", "span_start").rows() == [("kestrel", 3), ("ohmline", None)]
    assert asked[0].select("text", "span_start", "other_spans").rows() == [("my kestrel", 3, []), (None, None, [])]
    assert mentions["sentence"].to_list() == ["my kestrel", None]


def test_stance_and_intent_are_read_from_what_is_near(asked: list[pl.DataFrame], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly, "REACH", 12)
    mentions, _ = read_signals(posts(("1", "Fernway. ÄÄ Fernway, Kestrel or Fernway, Fernway")), TERMS)
    kestrel = asked[0].row(2, named=True)
    assert kestrel["text"] == "ÄÄ Fernway, Kestrel or Fernway,"
    assert kestrel["text"][kestrel["span_start"] : kestrel["span_end"]] == "Kestrel"
    assert [kestrel["text"][other["start"] : other["end"]] for other in kestrel["other_spans"]] == ["Fernway", "Fernway"]
    assert mentions["span_start"].to_list() == [0, 12, 21, 32, 41]


@pytest.mark.parametrize(("told", "expected"), [(None, None), ("pt-BR", "pt"), ("EN", "en"), ("en_GB", "en"), ("?", None)])
def test_the_language_that_a_text_shows_comes_before_the_one_told(
    asked: list[pl.DataFrame], told: str | None, expected: str | None
) -> None:
    _, read = read_signals(posts(("1", "de: kestrel"), ("2", "kestrel"), language=told), TERMS)
    assert asked[0]["language"].to_list() == ["de", expected]
    assert read["language"].to_list() == ["de", None]


def test_neither_the_size_of_a_part_nor_the_other_posts_change_a_row(asked: list[pl.DataFrame], monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(str(number), "Kestrel or Fernway? Kestrel!") for number in range(3)]
    at_once = read_signals(posts(*rows), TERMS)[0]
    monkeypatch.setattr(nightly, "MENTIONS_AT_ONCE", 2)
    assert read_signals(posts(*rows), TERMS)[0].equals(at_once)
    assert pl.concat([read_signals(posts(row), TERMS)[0] for row in rows]).equals(at_once)
    assert max(frame.height for frame in asked[1:]) == 2


def test_nothing_in_gives_empty_tables_of_the_same_types(asked: list[pl.DataFrame]) -> None:
    for given in (posts(), posts(("1", None)), posts(("1", "nothing"))):
        mentions, read = read_signals(given, TERMS)
        assert (mentions.height, dict(mentions.schema)) == (0, MENTIONS)
        assert (read.height, dict(read.schema)) == (given.height, POSTS)


@pytest.mark.parametrize("module", ["mentions", "sentences", "language", "disclosure", "stance", "intent", "adoption_times", "answers"])
def test_the_version_is_another_with_another_module(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = extractor_version(TERMS)
    monkeypatch.setattr(getattr(nightly, module), "EXTRACTOR_VERSION", "next")
    assert extractor_version(TERMS) != before


def test_the_version_is_another_with_other_terms() -> None:
    change: Callable[[str], pl.Expr] = lambda term: pl.when(col("term") == "glide").then(pl.lit(term)).otherwise("term").alias("term")  # noqa: E731
    assert extractor_version(TERMS.with_columns(change("glider"))) != extractor_version(TERMS)
    assert extractor_version(TERMS.with_columns(change("glide"))) == extractor_version(TERMS)
