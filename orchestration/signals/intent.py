"""What a post's author has done or means to do with a brand that it mentions."""

from __future__ import annotations

import numpy as np
import polars as pl

from orchestration.signals.classification import GENERAL, read_probabilities
from orchestration.signals.models import DATA, version_of

MODEL = DATA / "intent.npz"
EXTRACTOR_VERSION = f"intent-{version_of(DATA / 'words.npz', GENERAL, MODEL)}"
CLASSES = ("owns", "bought", "plans_to_buy", "recommends", "asks_advice", "compares", "complains", "other")
INTENTS = {"mention_row": pl.UInt32(), "intent": pl.String(), "intent_confidence": pl.Float32()}


def read_intents(mentions: pl.DataFrame) -> pl.DataFrame:
    """One row per mention, in order; the columns of INTENTS.

    mentions: as for `read_stances`. intent: the likeliest of CLASSES; intent_confidence: its probability. Both are NULL where the
    language is not supported or not known, and where the mention has no span in the text.
    """
    rows, probabilities = read_probabilities(mentions, MODEL)
    chosen = pl.Series(probabilities.argmax(axis=1), dtype=pl.Int64)
    read = pl.DataFrame(
        {
            "mention_row": rows,
            "intent": chosen.replace_strict(range(len(CLASSES)), CLASSES, return_dtype=pl.String),
            "intent_confidence": np.round(probabilities.max(axis=1), 4),
        }
    )
    asked = mentions.select(pl.col("mention_row").cast(pl.UInt32))
    return asked.join(read, on="mention_row", how="left", maintain_order="left").cast(INTENTS)  # type: ignore[arg-type]
