"""What stance and intent have in common: mentions to contexts, contexts to words, words to the probabilities of classes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl
from polars import col

from orchestration.signals.contexts import read_contexts
from orchestration.signals.features import Floats, Text, Weights
from orchestration.signals.models import DATA, load_lexicon, load_weights
from orchestration.signals.words import PARTS, Words

SUPPORTED_LANGUAGES = ("en",)
BATCH_MENTIONS = 10_000  # read at once: memory stays flat however many mentions there are
GENERAL = DATA / "general.npz"


def read_probabilities(mentions: pl.DataFrame, model: Path) -> tuple[pl.Series, Floats]:
    """The rows (`mention_row`) that can be read, in order, and the probability (n, k) of each class.

    A mention can be read that has a span in a text of one of SUPPORTED_LANGUAGES. Reviews are read by the model named `reviews` of the
    file, where it has one, all else by `posts`. Raises ModelFileError.
    """
    models = load_weights(model)
    rows, found = [pl.Series("mention_row", [], pl.UInt32)], [np.zeros((0, len(models["posts"].bias)))]

    def read(batch: pl.DataFrame) -> tuple[pl.Series, Floats]:
        contexts = read_contexts(batch).join(batch.select("mention_row", "media_type"), on="mention_row", how="left", maintain_order="left")
        is_review = (contexts["media_type"] == "review").fill_null(False)
        return contexts["mention_row"], _probabilities(contexts["context"], is_review, models)

    readable = mentions.filter(col("language").is_in(SUPPORTED_LANGUAGES))
    load_lexicon()  # and the general model: both once, before there are threads
    load_weights(GENERAL)
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # NumPy and Polars compute without Python's lock
        for batch_rows, probabilities in pool.map(read, readable.iter_slices(BATCH_MENTIONS)):
            rows.append(batch_rows)
            found.append(probabilities)
    return pl.concat(rows), np.vstack(found)


def scores_of(contexts: pl.Series, model: Weights) -> Floats:
    """Scores (n, k) of contexts by a model that looks at what general sentiment says of each part."""
    text = Text(Words.read(contexts), load_lexicon())
    return model.scores(text, load_weights(GENERAL)["general"].scores_of_parts(text, PARTS))


def softmax(scores: Floats) -> Floats:
    """Probabilities (n, k) of scores."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _probabilities(contexts: pl.Series, is_review: pl.Series, models: Mapping[str, Weights]) -> Floats:
    scores = np.zeros((len(contexts), len(models["posts"].bias)))
    for those, name in ((~is_review, "posts"), (is_review, "reviews")):
        if those.any():
            scores[those.to_numpy()] = scores_of(contexts.filter(those), models.get(name, models["posts"]))
    return softmax(scores)
