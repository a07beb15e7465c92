"""What a post's author thinks of a brand that it mentions: of that brand, not of the whole text."""

from __future__ import annotations

import numpy as np
import polars as pl

from orchestration.signals import encoder
from orchestration.signals.classification import GENERAL, log_softmax, scores_of, softmax
from orchestration.signals.features import Floats
from orchestration.signals.models import DATA, load_dense, load_weights, version_of
from orchestration.signals.passages import Passages, read_passages

MODEL = DATA / "stance.npz"
VECTORS = DATA / "stance_vectors.npz"
EXTRACTOR_VERSION = f"stance-{version_of(DATA / 'words.npz', GENERAL, MODEL, VECTORS)}+{encoder.EXTRACTOR_VERSION}"
CLASSES = ("negative", "neutral", "positive")
STANCES = {"mention_row": pl.UInt32(), "stance": pl.String(), "stance_score": pl.Float32(), "stance_confidence": pl.Float32()}


def read_stances(mentions: pl.DataFrame) -> pl.DataFrame:
    """One row per mention, in order; the columns of STANCES.

    mentions: as for `read_passages`. stance: one of CLASSES; stance_score: P(positive) - P(negative), from -1 to 1; stance_confidence:
    the probability of the class. All three are NULL where the language is not one of LANGUAGES or not known, and where the mention has
    no span in the text.
    """
    asked = mentions.select(pl.col("mention_row").cast(pl.UInt32))
    read = pl.concat([pl.DataFrame(schema=STANCES), *map(_read, read_passages(mentions))])
    return asked.join(read, on="mention_row", how="left", maintain_order="left")


def probabilities_of(passages: Passages) -> Floats:
    """The probabilities (n, k) of CLASSES: in English of words and vector together, elsewhere of the vector, each language by its model.

    Of English, reviews are read by the model of words that is named `reviews`, all else by `posts`.
    """
    by_words, by_vectors = load_weights(MODEL), load_dense(VECTORS)
    is_review = (passages.media_types == "review").fill_null(False)
    scores = np.zeros((len(passages.rows), len(CLASSES)))
    for language in passages.languages.unique():
        those = (passages.languages == language).to_numpy()
        model = by_vectors[language]
        scores[those] = log_softmax(model.scores(passages.sentences[those] * np.sqrt(passages.sentences.shape[1])))
    for name, kind in (("reviews", is_review), ("posts", ~is_review)):
        those = ((passages.languages == "en") & kind).to_numpy()
        if those.any():
            scores[those] += log_softmax(scores_of(passages.contexts.filter(pl.Series(those)), by_words[name]))
            scores[those] *= by_vectors["sureness"].bias
    return softmax(scores)


def _read(passages: Passages) -> pl.DataFrame:
    probabilities = probabilities_of(passages)
    chosen = pl.Series(probabilities.argmax(axis=1), dtype=pl.Int64)
    read = {
        "mention_row": passages.rows,
        "stance": chosen.replace_strict(range(len(CLASSES)), CLASSES, return_dtype=pl.String),
        "stance_score": np.round(probabilities[:, 2] - probabilities[:, 0], 3),
        "stance_confidence": np.round(probabilities.max(axis=1), 3),
    }
    return pl.DataFrame(read).cast(STANCES)  # type: ignore[arg-type]
