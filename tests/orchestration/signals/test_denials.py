"""What is plainly no adoption, in seven languages; and what only looks so."""

from __future__ import annotations

import polars as pl
import pytest

from orchestration.signals.denials import denied, given_back
from orchestration.signals.intent import DENIED_PROBABILITY, read_intents
from tests.orchestration.signals.mention_frames import frame, mention

NEVER = {
    "en": "I never bought a $T$.", "de": "Ich habe nie eine $T$ gekauft.", "fr": "Je n'ai jamais acheté de $T$.",
    "es": "Nunca compré una $T$.", "pt": "Nunca comprei uma $T$.", "it": "Non ho mai comprato una $T$.",
    "ja": "$T$を買ったことはありません。",
}  # fmt: skip
SOMEBODY_ELSE = {
    "en": "My neighbour bought a $T$.", "de": "Mein Nachbar hat eine $T$ gekauft.", "fr": "Mon voisin a acheté une $T$.",
    "es": "Mi vecino compró una $T$.", "pt": "Meu vizinho comprou uma $T$.", "it": "Il mio vicino ha comprato una $T$.",
    "ja": "隣の人が$T$を買いました。",
}  # fmt: skip


def is_denied(text: str) -> bool:
    lower = text.replace("$T$", "\ue000").lower()
    return bool(denied(pl.Series([lower]), [lower])[0])


@pytest.mark.parametrize("text", [*NEVER.values(), *SOMEBODY_ELSE.values(), "🙌 $T$ #quietude @kit https://a.example/x"])
def test_words_that_deny(text: str) -> None:
    assert is_denied(text)


@pytest.mark.parametrize(
    "text",
    [
        "Got the $T$!", "My $T$ never failed me.", "Why not buy a $T$?", "Not only bought the $T$, kept it.", "My boss bought me a $T$.",
        "Ich habe nicht nur eine $T$ gekauft, sondern zwei.", "Mein Bruder hat mir eine $T$ gekauft.", "Non mi pento di aver preso la $T$.",
        "Je ne regrette pas ma $T$.", "No me arrepiento de mi $T$.", "$T$を買って後悔していません。",
    ],
)  # fmt: skip
def test_words_that_only_look_so(text: str) -> None:
    assert not is_denied(text)


def test_what_is_denied_is_no_adoption() -> None:
    texts = [NEVER["en"], SOMEBODY_ELSE["de"], "🙌 $T$ #quietude", "Bought the $T$ today."]
    rows = [mention(text.replace("$T$", "[Kestrel]"), language) for text, language in zip(texts, ["en", "de", "en", "en"], strict=True)]
    read = read_intents(frame(rows))
    assert (read["adoption_probability"][:3] <= DENIED_PROBABILITY).all()
    assert read["adoption_probability"][3] > 0.6
    assert not set(read["intent"][:3]) & {"owns", "bought", "gifted", "recommends"}


RETURNED = {
    "en": "My $T$ goes back to the shop, the plunger sticks.", "de": "Der $T$ geht zurück, nichts als Ärger.", "fr": "J'ai renvoyé la $T$.",
    "es": "Lo devolví, el $T$ hace ruido.", "pt": "Devolvi o $T$ ontem.", "it": "Ho restituito la $T$.", "ja": "$T$を返品しました。",
}  # fmt: skip


@pytest.mark.parametrize("text", [*RETURNED.values(), "Sent it back after a week, that $T$.", "I returned my $T$ yesterday."])
def test_words_that_give_it_back(text: str) -> None:
    assert given_back([text.replace("$T$", "\ue000").lower()])[0]


@pytest.mark.parametrize(
    "text", ["My $T$ took me back to school.", "Back to the $T$ after a week.", "I returned to the trail with my $T$."]
)
def test_words_that_give_nothing_back(text: str) -> None:
    assert not given_back([text.replace("$T$", "\ue000").lower()])[0]


def test_what_is_given_back_was_had_and_is_a_return() -> None:
    rows = [mention(text.replace("$T$", "[Kestrel]"), language) for language, text in RETURNED.items()]
    read = read_intents(frame(rows))
    assert read["intent"].to_list() == ["returned"] * len(RETURNED)
    assert (read["adoption_probability"] > DENIED_PROBABILITY).any()
