"""Stance on the test splits, next to VADER, the majority class, and TF-IDF + LR: logistic regression on each set's own training split."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from orchestration.signals.classification import GENERAL, scores_of
from orchestration.signals.features import Floats, Weights
from orchestration.signals.models import load_lexicon, load_weights
from orchestration.signals.passages import Passages
from orchestration.signals.stance import probabilities_of, read_stances
from orchestration.signals.training.fit import DOMAINS, learn_stance, texts_of
from orchestration.signals.training.labelled import Labelled, Labels, Split
from orchestration.signals.words import SIGNS, TARGET

EXAMPLES = Path(__file__).parents[2] / "orchestration" / "signals" / "examples.csv"
REGISTERS = {"tweets": ("targeted_tweets",), "topics": ("topics",), "reviews": ("restaurants", "laptops"), "mentions": ("mentions",)}
WINDOWS = (3, 5, 8)  # words on either side that VADER is given; and the whole text
THRESHOLD = 0.05  # VADER's own
VALUES = {"negative": -1, "neutral": 0, "positive": 1}


def macro_f1(labels: Labels, predicted: Labels) -> float:
    """Mean over the classes of their F1."""
    return float(f1_score(labels, predicted, average="macro"))


def stance_rows(sets: Mapping[str, Labelled]) -> Iterator[tuple[str, dict[str, float]]]:
    """Macro-F1 of each way, by name, for each set."""
    for name, labelled in sets.items():
        test = labelled.test
        majority = int(np.argmax(np.bincount(labelled.train.labels + 1))) - 1
        yield (
            name,
            {
                "rows": len(test.labels),
                "ours": macro_f1(test.labels, ours(name, test)),
                "VADER": vader(test, has_target=name in {**DOMAINS, "mentions": 0}),
                "majority": macro_f1(test.labels, np.full(len(test.labels), majority)),
                "TF-IDF + LR": macro_f1(test.labels, tfidf(labelled.train, test)),
            },
        )


def ours(name: str, test: Split) -> Labels:
    """The stance as shipped."""
    if name == "mentions":
        return read_stances(example_mentions())["stance"].replace_strict(VALUES, return_dtype=pl.Int64).to_numpy()
    if name not in DOMAINS:
        general = load_weights(GENERAL)["general"]
        return np.concatenate([general.scores(text).argmax(axis=1) - 1 for text in texts_of(test.texts, load_lexicon())])
    passages = Passages.of_contexts(test.texts, "en")
    kind = "review" if name in REGISTERS["reviews"] else None
    read = probabilities_of(replace(passages, media_types=pl.repeat(kind, len(test.texts), dtype=pl.String, eager=True)))
    return np.asarray(read.argmax(axis=1) - 1)


def predicted(models: Mapping[str, Weights], name: str, texts: pl.Series) -> Labels:
    """Stances by the model that reads such text: reviews, or posts."""
    model = models["reviews" if name in REGISTERS["reviews"] else "posts"]
    batches = [scores_of(batch, model) for batch in (texts[first : first + 5000] for first in range(0, len(texts), 5000))]
    return np.asarray(np.vstack(batches).argmax(axis=1) - 1)


def left_out_rows(sets: Mapping[str, Labelled]) -> Iterator[tuple[str, float]]:
    """Macro-F1 on each set of a model that has seen no text of its register: what to expect on text of another kind."""
    general = load_weights(GENERAL)["general"]
    for names in REGISTERS.values():
        kept = {name: labelled.train for name, labelled in sets.items() if name in DOMAINS and name not in names}
        models = learn_stance(kept, load_lexicon(), general)
        if "restaurants" in names:
            models = {**models, "reviews": replace(models["posts"])}
        for name in names:
            yield name, macro_f1(sets[name].test.labels, predicted(models, name, sets[name].test.texts))


def vader(test: Split, has_target: bool) -> float:
    """VADER's macro-F1, in the best of WINDOWS or on the whole text."""
    analyzer = SentimentIntensityAnalyzer()
    tried = []
    for window in (*WINDOWS, None) if has_target else (None,):
        compound = np.array([analyzer.polarity_scores(_around(text, window))["compound"] for text in test.texts])
        tried.append(macro_f1(test.labels, np.where(compound >= THRESHOLD, 1, np.where(compound <= -THRESHOLD, -1, 0))))
    return max(tried)


def tfidf(train: Split, test: Split) -> Labels:
    """Labels by words and pairs of words, learnt from the set's own training split; the target is masked as for ours."""
    model, asked = _tfidf(train, test, "balanced")
    return np.asarray(model.predict(asked))


def tfidf_scores(train: Split, test: Split) -> Floats:
    """The probability of the second of two labels, by words and pairs of words."""
    model, asked = _tfidf(train, test, None)
    return np.asarray(model.predict_proba(asked)[:, 1])


def _tfidf(train: Split, test: Split, class_weight: str | None) -> tuple[LogisticRegression, Any]:
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2, token_pattern=rf"[{SIGNS}]|\w+|[^\w\s]")
    model = LogisticRegression(C=3.0, max_iter=200, class_weight=class_weight)
    model.fit(vectorizer.fit_transform(train.texts.to_list()), train.labels)
    return model, vectorizer.transform(test.texts.to_list())


def example_mentions() -> pl.DataFrame:
    """The hand-written test mentions as the pipeline gives them, with names in place of `$T$` and `$O$`."""
    rows = []
    for number, text in enumerate(pl.read_csv(EXAMPLES)["text"]):
        named = text.replace("$T$", "Kestrel").replace("$O$", "Oakvale")
        start = named.index("Kestrel")
        others = [{"start": found.start(), "end": found.end()} for found in re.finditer("Oakvale", named)]
        rows.append((number, named, start, start + len("Kestrel"), "kestrel", others, named, None, "en"))
    return pl.DataFrame(rows, schema=MENTIONS, orient="row")


SPAN = pl.Struct({"start": pl.Int32(), "end": pl.Int32()})
MENTIONS = {
    "mention_row": pl.UInt32(),
    "text": pl.String(),
    "span_start": pl.Int32(),
    "span_end": pl.Int32(),
    "brand_id": pl.String(),
    "other_spans": pl.List(SPAN),
    "opening": pl.String(),
    "media_type": pl.String(),
    "language": pl.String(),
}


def _around(text: str, window: int | None) -> str:
    words = text.split()
    if window is not None and TARGET in words:
        at = words.index(TARGET)
        words = words[max(0, at - window) : at + window + 1]
    return re.sub(f"[{SIGNS}]", "Kestrel", " ".join(words))
