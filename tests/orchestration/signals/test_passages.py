from __future__ import annotations

import numpy as np
import pytest

from orchestration.signals import encoder
from orchestration.signals.encoder import DIMENSIONS, encode
from orchestration.signals.passages import Passages, read_passages, sentence_of
from orchestration.signals.signs import COLUMNS
from orchestration.signals.words import TARGET
from tests.orchestration.signals.mention_frames import frame, mention


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        (f"one. my {TARGET} works! two", f"my {TARGET} works!"),
        (f"{TARGET} works", f"{TARGET} works"),
        (f"title\n{TARGET}? yes", f"{TARGET}?"),
        (f"\u65b0\u3057\u3044\u3002{TARGET}\u3092\u8cb7\u3063\u305f\u3002\u826f\u3044", f"{TARGET}\u3092\u8cb7\u3063\u305f\u3002"),
        ("no target. here", "no target. here"),
    ],
)
def test_the_sentence_that_names_the_target(context: str, expected: str) -> None:
    assert sentence_of(context) == expected


def test_the_encoder_does_not_see_the_name() -> None:
    one, two = (Passages.joined(read_passages(frame([mention(f"Got my [{name}] today")]))) for name in ("Kestrel", "Oakvale"))
    assert one.features.shape == (1, 2 * DIMENSIONS + COLUMNS)
    np.testing.assert_array_equal(one.features, two.features)


def test_only_what_can_be_read_is_read_in_order() -> None:
    rows = [mention("a [Kestrel]"), mention("een [Kestrel]", "nl"), mention("no name"), mention("ein [Kestrel]", "de")]
    found = Passages.joined(read_passages(frame(rows)))
    assert found.rows.to_list() == [0, 3]
    assert found.languages.to_list() == ["en", "de"]


def test_a_text_is_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    class Counting:
        def encode(self, texts: list[str]) -> np.ndarray:
            asked.append(texts)
            return np.full((len(texts), DIMENSIONS), len(asked), np.float32)

    monkeypatch.setattr(encoder, "_kept", {})
    monkeypatch.setattr(encoder, "_encoder", Counting)
    assert encode(["a", "b", "a"])[:, 0].tolist() == [1, 1, 1]
    assert encode(["b", "c"])[:, 0].tolist() == [1, 2]
    monkeypatch.setattr(encoder, "KEPT_VECTORS", 3)
    assert encode(["d", "a"])[:, 0].tolist() == [3, 3]
    assert asked == [["a", "b"], ["c"], ["d", "a"]]
    assert encode([]).shape == (0, DIMENSIONS)


def test_vectors_have_length_one() -> None:
    np.testing.assert_allclose(np.linalg.norm(encode(["a kestrel", "ein Turmfalke", ""]), axis=1), 1, atol=1e-4)
