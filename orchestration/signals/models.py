"""The models shipped in `data/`: what is known of words, and the weights of linear models, as arrays of small numbers."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from orchestration.signals.features import Floats, GramWeights, Lexicon, Weights

DATA = Path(__file__).with_name("data")
FORMAT = 1
VALENCE_STEP = 0.1
_SCALED = ("grams", "characters")
_EXACT = ("vectors", "valences", "marks", "signals", "bias")
Arrays = Mapping[str, npt.NDArray[Any]]


class ModelFileError(Exception):
    """A model file that is missing, damaged or of another format."""


@cache
def load_lexicon(path: Path = DATA / "words.npz") -> Lexicon:
    """The words of a file that `save_lexicon` wrote. Raises ModelFileError."""
    arrays = _read(path, ("words", "valences", "vectors", "vector_scale"))
    words = arrays["words"].tobytes().decode().split("\n")
    if not len(words) == len(arrays["valences"]) == len(arrays["vectors"]):
        raise ModelFileError(f"{path}: {len(words)} words, {len(arrays['valences'])} valences, {len(arrays['vectors'])} vectors")
    vectors = arrays["vectors"] * arrays["vector_scale"]
    valences = arrays["valences"] * np.float32(VALENCE_STEP)
    return Lexicon(
        {word: row for row, word in enumerate(words)}, np.append(valences, np.float32(0)), np.vstack([vectors, np.zeros_like(vectors[:1])])
    )


def save_lexicon(path: Path, words: list[str], valences: npt.NDArray[np.float64], vectors: npt.NDArray[np.float32]) -> None:
    """Writes words with their valences (-4 to 4) and vectors, a byte per number."""
    scale = np.abs(vectors).max(axis=0) / 127
    arrays = {
        "words": np.frombuffer("\n".join(words).encode(), np.uint8),
        "valences": np.rint(valences / VALENCE_STEP).astype(np.int8),
        "vectors": np.rint(vectors / scale).astype(np.int8),
        "vector_scale": scale.astype(np.float32),
    }
    _write(path, arrays)


@cache
def load_weights(path: Path) -> dict[str, Weights]:
    """The models of a file that `save_weights` wrote, by name. Raises ModelFileError."""
    arrays = _read(path, ("models",))
    try:
        return {name: _unpacked(arrays, name) for name in arrays["models"].tobytes().decode().split("\n")}
    except KeyError as error:
        raise ModelFileError(f"{path}: has no {error}") from error


def save_weights(path: Path, models: Mapping[str, Weights]) -> None:
    """Writes models."""
    arrays: dict[str, npt.NDArray[Any]] = {"models": np.frombuffer("\n".join(models).encode(), np.uint8)}
    for name, model in models.items():
        arrays[f"{name}/parts"] = np.frombuffer("\n".join(model.parts).encode(), np.uint8)
        arrays |= {f"{name}/{field}": getattr(model, field).astype(np.float32) for field in _EXACT}
        for field in _SCALED:
            if (weights := getattr(model, field)) is not None:
                arrays |= {f"{name}/{field}": weights.steps, f"{name}/{field}_scale": weights.scale}
    _write(path, arrays)


@dataclass(frozen=True)
class Dense:
    """A linear model of dense features: coefficients (features, k), bias (k,)."""

    coefficients: Floats
    bias: Floats

    def scores(self, features: npt.NDArray[Any]) -> Floats:
        """Scores (n, k) of features (n, features)."""
        return np.asarray(features @ self.coefficients + self.bias, dtype=np.float64)


@cache
def load_dense(path: Path) -> dict[str, Dense]:
    """The models of a file that `save_dense` wrote, by name. Raises ModelFileError."""
    arrays = _read(path, ("models",))
    try:
        names = arrays["models"].tobytes().decode().split("\n")
        return {name: Dense(arrays[f"{name}/coefficients"].astype(np.float64), arrays[f"{name}/bias"].astype(np.float64)) for name in names}
    except KeyError as error:
        raise ModelFileError(f"{path}: has no {error}") from error


def save_dense(path: Path, models: Mapping[str, Dense]) -> None:
    """Writes models of dense features."""
    arrays: dict[str, npt.NDArray[Any]] = {"models": np.frombuffer("\n".join(models).encode(), np.uint8)}
    for name, model in models.items():
        arrays |= {f"{name}/coefficients": model.coefficients.astype(np.float32), f"{name}/bias": model.bias.astype(np.float32)}
    _write(path, arrays)


def version_of(*paths: Path) -> str:
    """Eight hexadecimal digits that change when a model does."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:8]


def _unpacked(arrays: Arrays, name: str) -> Weights:
    scaled = {
        field: GramWeights(arrays[f"{name}/{field}"], arrays[f"{name}/{field}_scale"]) if f"{name}/{field}" in arrays else None
        for field in _SCALED
    }
    if scaled["grams"] is None:
        raise KeyError(f"{name}/grams")
    exact = {field: arrays[f"{name}/{field}"].astype(np.float64) for field in _EXACT}
    parts = tuple(arrays[f"{name}/parts"].tobytes().decode().split("\n"))
    return Weights(parts=parts, grams=scaled["grams"], characters=scaled["characters"], **exact)


def _read(path: Path, needed: tuple[str, ...]) -> dict[str, npt.NDArray[Any]]:
    remedy = "install Groundswell again, or `make train-signals`"
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except FileNotFoundError as error:
        raise ModelFileError(f"{path}: no such file; {remedy}") from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ModelFileError(f"{path}: damaged ({error}); {remedy}") from error
    found = int(arrays["format"]) if "format" in arrays else None
    if found != FORMAT:
        raise ModelFileError(f"{path}: format {found}, expected {FORMAT}; {remedy}")
    if missing := [name for name in needed if name not in arrays]:
        raise ModelFileError(f"{path}: has no {', '.join(missing)}; {remedy}")
    return arrays


def _write(path: Path, arrays: Arrays) -> None:
    np.savez_compressed(path, allow_pickle=False, format=np.int64(FORMAT), **arrays)
