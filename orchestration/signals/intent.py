"""What a post's author has done or means to do with a brand that it mentions, and how likely it is that the author has taken it up."""

from __future__ import annotations

import numpy as np
import polars as pl

from orchestration.signals import denials, encoder
from orchestration.signals.classification import GENERAL, log_softmax, scores_of, softmax
from orchestration.signals.features import Floats
from orchestration.signals.models import DATA, load_dense, load_weights, version_of
from orchestration.signals.passages import Passages, read_passages

MODEL = DATA / "intent.npz"
VECTORS = DATA / "intent_vectors.npz"
EXTRACTOR_VERSION = (
    f"intent-{version_of(DATA / 'words.npz', GENERAL, MODEL, VECTORS)}+{encoder.EXTRACTOR_VERSION}+{denials.EXTRACTOR_VERSION}"
)
WORD_CLASSES = ("owns", "bought", "plans_to_buy", "recommends", "asks_advice", "compares", "complains", "other")  # of MODEL
CLASSES = (*WORD_CLASSES, "gifted", "returned")
ADOPTIONS = ("owns", "bought", "gifted", "recommends")
DENIED_PROBABILITY = 0.02  # of an adoption where the words deny it
GIVEN_BACK = (0.9, 0.1)  # how likely what plainly tells of a return is one, and the rest
WORDS_COUNT = 0.3  # how much what MODEL says of English counts beside the vectors
INTENTS = {"mention_row": pl.UInt32(), "intent": pl.String(), "intent_confidence": pl.Float32(), "adoption_probability": pl.Float32()}


def read_intents(mentions: pl.DataFrame) -> pl.DataFrame:
    """One row per mention, in order; the columns of INTENTS.

    mentions: as for `read_passages`. intent: the likeliest of CLASSES; intent_confidence: its probability; adoption_probability: how
    likely it is that the author has, got or urges the thing, calibrated on posts as people write them. All are NULL where the language
    is not one of LANGUAGES or not known, and where the mention has no span in the text.
    """
    asked = mentions.select(pl.col("mention_row").cast(pl.UInt32))
    read = pl.concat([pl.DataFrame(schema=INTENTS), *map(_read, read_passages(mentions))])
    return asked.join(read, on="mention_row", how="left", maintain_order="left")


def probabilities_of(passages: Passages) -> tuple[Floats, Floats]:
    """The probabilities (n, k) of CLASSES, and of an adoption (n,)."""
    models = load_dense(VECTORS)
    scores = log_softmax(models["intents"].scores(passages.features))
    adoption = models["adoption"].scores(adoption_odds(scores)[:, None])[:, 0]
    scores += models["evenness"].bias
    english = (passages.languages == "en").to_numpy()
    if english.any():
        words = log_softmax(scores_of(passages.contexts.filter(pl.Series(english)), load_weights(MODEL)["posts"]))
        scores[english, : len(WORD_CLASSES)] += WORDS_COUNT * words
        scores[english, len(WORD_CLASSES) :] += WORDS_COUNT * words.max(axis=1, keepdims=True)
    return softmax(scores), 1 / (1 + np.exp(-adoption))


def adoption_odds(log_probabilities: Floats) -> Floats:
    """The log odds (n,) of ADOPTIONS, of logarithms of the probabilities of CLASSES."""
    adopting = np.exp(log_probabilities)[:, [CLASSES.index(name) for name in ADOPTIONS]].sum(axis=1).clip(1e-6, 1 - 1e-6)
    return np.asarray(np.log(adopting / (1 - adopting)))


def _read(passages: Passages) -> pl.DataFrame:
    probabilities, adoption = probabilities_of(passages)
    is_denied = denials.denied(passages.contexts, passages.naming).to_numpy()
    adoption[is_denied] = np.minimum(adoption[is_denied], DENIED_PROBABILITY)
    for name in ADOPTIONS:
        probabilities[is_denied, CLASSES.index(name)] = 0.0
    is_given_back = denials.given_back(passages.naming).to_numpy() & ~is_denied
    probabilities[is_given_back] = GIVEN_BACK[1] / (len(CLASSES) - 1)
    probabilities[is_given_back, CLASSES.index("returned")] = GIVEN_BACK[0]
    chosen = pl.Series(probabilities.argmax(axis=1), dtype=pl.Int64)
    read = {
        "mention_row": passages.rows,
        "intent": chosen.replace_strict(range(len(CLASSES)), CLASSES, return_dtype=pl.String),
        "intent_confidence": np.round(probabilities.max(axis=1), 3),
        "adoption_probability": np.round(adoption, 3),
    }
    return pl.DataFrame(read).cast(INTENTS)  # type: ignore[arg-type]
