"""The labelled text that models learn from and are measured on, as contexts: the target masked, the spelling as people write it."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from polars import col

from orchestration.signals.contexts import SPANS
from orchestration.signals.models import DATA
from orchestration.signals.words import OTHER, TARGET

Labels = npt.NDArray[np.int64]
EXAMPLES = DATA / "examples.csv"
STANCES = (-1, 0, 1)
INTENTS = ("owns", "bought", "plans_to_buy", "recommends", "asks_advice", "compares", "complains", "other", "gifted", "returned")
OTHER_LANGUAGES = ("de", "fr", "es", "pt", "it", "ja")
NAME = "Kestrel"
PHONE = r"(?i)[@#]?i\s?phone\s?(?:x|ten)?\b"  # what purchase_intent was collected for


class LabelledTextError(Exception):
    """The folder of labelled text is not there, or has not what is needed."""


@dataclass(frozen=True)
class Split:
    """Contexts and their labels: a stance of STANCES, or a place in a list of classes."""

    texts: pl.Series
    labels: Labels

    def where(self, those: npt.NDArray[np.bool_]) -> Split:
        """The rows that are."""
        return Split(self.texts.filter(pl.Series(those)), self.labels[those])


@dataclass(frozen=True)
class Labelled:
    """One set: what may be trained on, and what is only measured."""

    train: Split
    test: Split


def read_labelled(folder: Path) -> dict[str, Labelled]:
    """The stance sets by name; a training text that also stands in a test split, of whichever set, is left out."""
    tweets, reviews = _read(folder, "targeted_tweets"), _read(folder, "targeted_reviews")
    topics, general, sentences = (
        _read(folder, name) for name in ("tweets_topic_sentiment", "tweets_sentiment", "product_review_sentences")
    )
    topic_texts = [masked(text, topic) for text, topic in topics.select("text", "topic").iter_rows()]
    three = {"negative": -1, "neutral": 0, "positive": 1}
    rating = pl.when(col("mean_rating") > 0.5).then(1).when(col("mean_rating") < -0.5).then(-1).otherwise(0)
    fourth_review = col("id").str.split("_").list.first().cast(pl.Int64) % 4 == 0
    frames = {
        "targeted_tweets": _frame(tweets, _marked(tweets["text_masked"]), col("label")),
        "restaurants": _frame(reviews, _marked(reviews["text_masked"]), col("label")).filter(reviews["dataset"] == "restaurants"),
        "laptops": _frame(reviews, _marked(reviews["text_masked"]), col("label")).filter(reviews["dataset"] == "laptops"),
        "topics": _frame(topics, topic_texts, col("label").cast(pl.Int64).sign()),
        "general": _frame(general, _cleaned(general["text"]), col("label").replace_strict(three, return_dtype=pl.Int64)),
        "review_sentences": _frame(
            sentences.with_columns(split=pl.when(fourth_review).then(pl.lit("test")).otherwise(pl.lit("train"))),
            _cleaned(sentences["text"]),
            rating,
        ),
    }
    in_tests = pl.concat([frame.filter(split="test")["key"] for frame in frames.values()]).unique()
    return {
        name: Labelled(
            _split(frame.filter(col("split") == "train", ~col("key").is_in(in_tests.implode()))), _split(frame.filter(split="test"))
        )
        for name, frame in frames.items()
    }


def read_examples(path: Path = EXAMPLES) -> tuple[Split, Split]:
    """Hand-written mentions: contexts with their stances, and the same contexts with their intents (places in INTENTS)."""
    examples = pl.read_csv(path)
    texts = pl.Series("context", [text.replace("$T$", f" {TARGET} ").replace("$O$", f" {OTHER} ") for text in examples["text"]])
    intents = examples["intent"].replace_strict(INTENTS, range(len(INTENTS)), return_dtype=pl.Int64)
    return Split(texts, examples["stance"].to_numpy()), Split(texts, intents.to_numpy())


def read_posts(folder: Path, split: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The labelled community posts of a split: mentions as for `read_passages`, and their labels (the columns of labels.csv)."""
    labels = pl.read_csv(DATA / "labels.csv").filter(split=split)
    posts = _read(folder, "product_posts_unlabelled").with_row_index("row").cast({"row": pl.Int64})
    posts = labels.join(posts, on="row", how="left", maintain_order="left")
    return _mentions(posts.select("text", "start", "end", language=pl.lit("en"))), labels


def read_sentences(split: str, path: Path = DATA / "sentences.csv") -> tuple[pl.DataFrame, pl.DataFrame]:
    """Own sentences of a split that name the thing, in seven languages: mentions as for `read_passages`, and their labels."""
    sentences = pl.read_csv(path).filter(col("text").str.contains("$T$", literal=True), split=split)
    texts = sentences.select("language", text=col("text").str.replace_all("$O$", "another", literal=True))
    start = col("text").str.split("$T$").list.first().str.len_chars()
    named = texts.select("language", start=start, end=start + len(NAME), text=col("text").str.replace_all("$T$", NAME, literal=True))
    return _mentions(named), sentences


def read_languages(folder: Path) -> tuple[pl.DataFrame, Labels]:
    """Texts in other languages, language and text, and their stances."""
    frame = _read(folder, "multilingual_sentiment").filter(col("language").is_in(OTHER_LANGUAGES))
    return frame.select("language", "text"), frame["label"].to_numpy()


def intent_places(labels: pl.DataFrame) -> Labels:
    """Places in INTENTS of what and who: what others than the author do is `other`."""
    own = pl.when(col("who") == "other").then(pl.lit("other")).otherwise(col("what"))
    return labels.select(own.replace_strict(INTENTS, range(len(INTENTS)), return_dtype=pl.Int64))["literal"].to_numpy()


def _mentions(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        mention_row=pl.int_range(pl.len(), dtype=pl.UInt32),
        text="text",
        span_start="start",
        span_end="end",
        other_spans=pl.lit([], dtype=SPANS),
        opening="text",
        media_type=pl.lit(None, pl.String),
        language="language",
    )


def read_purchase_intent(folder: Path) -> Labelled:
    """Tweets about one phone; labels 0 for no intent to buy it, 1 for one, 2 where the annotators could not say."""
    frame = _read(folder, "purchase_intent")
    texts = [re.sub(PHONE, f" {TARGET} ", cleaned(text)) for text in frame["text"]]
    labels = col("label").replace_strict({"no": 0, "pi": 1, "undefined": 2}, return_dtype=pl.Int64)
    marked = _frame(frame, texts, labels)
    in_test = marked.filter(split="test")["key"].implode()
    return Labelled(_split(marked.filter(col("split") == "train", ~col("key").is_in(in_test))), _split(marked.filter(split="test")))


def cleaned(text: str) -> str:
    """A text without escapes, entities and the spaces of a tokenised one (`do n't`, `it 's`)."""
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    text = html.unescape(text).replace("\u2019", "'").replace("`", "'").replace("''", '"')
    text = re.sub(r"(\w) n ?'t\b", r"\1n't", text)
    return re.sub(r"(\w) '(s|re|ve|ll|m|d)\b", r"\1'\2", text)


def masked(text: str, topic: str) -> str:
    """The text with a sign wherever the topic stands, be it a tag or a handle."""
    name = re.escape(topic.lstrip("#@")).replace(r"\ ", r"[\s_]*")
    return re.sub(rf"(?i)[@#]?{name}", f" {TARGET} ", cleaned(text))


def _read(folder: Path, name: str) -> pl.DataFrame:
    path = folder / f"{name}.parquet"
    if not path.is_file():
        raise LabelledTextError(f"{path}: no such file; --labelled names the folder of the human-labelled text")
    return pl.read_parquet(path)


def _cleaned(texts: pl.Series) -> list[str]:
    return [cleaned(text) for text in texts]


def _marked(texts: pl.Series) -> list[str]:
    return [cleaned(text).replace("$T$", f" {TARGET} ") for text in texts]


def _frame(rows: pl.DataFrame, contexts: list[str], label: pl.Expr) -> pl.DataFrame:
    key = pl.Series("key", [" ".join(re.findall(r"\w+", cleaned(text).lower())) for text in rows["text"]])
    return rows.select("split", key, pl.Series("context", contexts), label=label.cast(pl.Int64))


def _split(frame: pl.DataFrame) -> Split:
    return Split(frame["context"], frame["label"].to_numpy())
