"""What a post's author thinks of a brand that it mentions: of that brand, not of the whole text."""

from __future__ import annotations

import numpy as np
import polars as pl

from orchestration.signals.classification import GENERAL, read_probabilities
from orchestration.signals.models import DATA, version_of

MODEL = DATA / "stance.npz"
EXTRACTOR_VERSION = f"stance-{version_of(DATA / 'words.npz', GENERAL, MODEL)}"
CLASSES = ("negative", "neutral", "positive")
STANCES = {"mention_row": pl.UInt32(), "stance": pl.String(), "stance_score": pl.Float32(), "stance_confidence": pl.Float32()}


def read_stances(mentions: pl.DataFrame) -> pl.DataFrame:
    """One row per mention, in order; the columns of STANCES.

    mentions: mention_row (unique), text, span_start, span_end, other_spans (see `contexts`), media_type, language.
    stance: one of CLASSES; stance_score: P(positive) - P(negative), from -1 to 1; stance_confidence: the probability of the class.
    All three are NULL where the language is not supported or not known, and where the mention has no span in the text.
    """
    rows, probabilities = read_probabilities(mentions, MODEL)
    chosen = probabilities.argmax(axis=1)
    read = pl.DataFrame(
        {
            "mention_row": rows,
            "stance": pl.Series(chosen, dtype=pl.Int64).replace_strict(range(len(CLASSES)), CLASSES, return_dtype=pl.String),
            "stance_score": np.round(probabilities[:, 2] - probabilities[:, 0], 4),
            "stance_confidence": np.round(probabilities.max(axis=1), 4),
        }
    )
    asked = mentions.select(pl.col("mention_row").cast(pl.UInt32))
    return asked.join(read, on="mention_row", how="left", maintain_order="left").cast(STANCES)  # type: ignore[arg-type]
