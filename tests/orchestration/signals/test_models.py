from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from orchestration.signals.classification import GENERAL
from orchestration.signals.intent import MODEL as INTENT
from orchestration.signals.models import DATA, ModelFileError, load_lexicon, load_weights, save_weights, version_of
from orchestration.signals.stance import MODEL as STANCE

MEGABYTE = 1_000_000


def test_shipped_files_are_small_and_readable() -> None:
    assert set(load_weights(STANCE)) == {"posts", "reviews"}
    assert set(load_weights(INTENT)) == {"posts"}
    assert len(load_lexicon().row) > 20_000
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 6 * MEGABYTE


@pytest.mark.parametrize("name", ["words.npz", "stance.npz"])
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "changed", "no archive", "other format", "other content"])
def test_a_file_that_is_not_right_is_refused_by_name(tmp_path: Path, name: str, damage: str) -> None:
    content = (DATA / name).read_bytes()
    path = tmp_path / name
    half = len(content) // 2
    damaged = {"empty": b"", "cut": content[:half], "no archive": b"<html>", "changed": content[:half] + b"?" * 9 + content[half + 9 :]}
    if damage in damaged:
        path.write_bytes(damaged[damage])
    elif damage != "missing":
        np.savez_compressed(path, format=np.int64(99 if damage == "other format" else 1))
    with pytest.raises(ModelFileError, match=name):
        load_lexicon(path) if name == "words.npz" else load_weights(path)


def test_weights_survive_being_written(tmp_path: Path) -> None:
    model = load_weights(STANCE)["posts"]
    save_weights(tmp_path / "again.npz", {"posts": model})
    again = load_weights(tmp_path / "again.npz")["posts"]
    assert again.parts == model.parts
    np.testing.assert_array_equal(again.grams.steps, model.grams.steps)
    np.testing.assert_allclose(again.vectors, model.vectors)


def test_the_version_follows_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    first = version_of(tmp_path / "a", GENERAL)
    (tmp_path / "a").write_bytes(b"2")
    assert version_of(tmp_path / "a", GENERAL) != first
    assert len(first) == 8
