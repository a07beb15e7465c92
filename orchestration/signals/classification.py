"""What stance and intent have in common: words to the probabilities of classes, read fast, and the fusing of two readings."""

from __future__ import annotations

import numpy as np
import polars as pl

from orchestration.signals.features import Floats, Text, Weights
from orchestration.signals.models import DATA, load_lexicon, load_weights
from orchestration.signals.words import PARTS, Words

GENERAL = DATA / "general.npz"


def scores_of(contexts: pl.Series, model: Weights) -> Floats:
    """Scores (n, k) of English contexts by a model that looks at what general sentiment says of each part."""
    text = Text(Words.read(contexts), load_lexicon())
    return model.scores(text, load_weights(GENERAL)["general"].scores_of_parts(text, PARTS))


def softmax(scores: Floats) -> Floats:
    """Probabilities (n, k) of scores."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def log_softmax(scores: Floats) -> Floats:
    """Logarithms of the probabilities (n, k) of scores."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
