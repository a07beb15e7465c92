from __future__ import annotations

import polars as pl
import pytest
from sklearn.metrics import f1_score

from orchestration.signals.intent import INTENTS, WORD_CLASSES, read_intents
from tests.orchestration.signals.mention_frames import MENTIONS, frame, mention
from tests.orchestration.signals.test_stance import marked_examples

FLOOR = 0.68


def test_hand_written_mentions() -> None:
    examples = marked_examples()
    found = read_intents(frame([mention(marked) for marked in examples["marked"]]))["intent"]
    assert f1_score(examples["intent"], found, average="macro", labels=WORD_CLASSES) >= FLOOR


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("I've had my [Kestrel] for six years now", "owns"),
        ("Just bought the [Kestrel] at the weekend", "bought"),
        ("I'm going to buy a [Kestrel] next month", "plans_to_buy"),
        ("Get the [Kestrel], you won't regret it", "recommends"),
        ("Has anyone tried the [Kestrel]? Is it any good?", "asks_advice"),
        ("The [Kestrel] is lighter than the {Oakvale}, but the {Oakvale} is cheaper", "compares"),
        ("[Kestrel] support never answered my mails and my order is still lost", "complains"),
        ("[Kestrel] opens a new factory in Poland", "other"),
    ],
)
def test_plain_cases(marked: str, expected: str) -> None:
    assert read_intents(frame([mention(marked)]))["intent"].item() == expected


def test_null_where_it_cannot_be_read() -> None:
    rows = [mention("Ik wil een [Kestrel] kopen", "nl"), mention("I bought one, see the link"), mention("I bought a [Kestrel]", None)]
    found = read_intents(frame(rows))
    assert found.schema == INTENTS
    assert found.rows() == [(number, None, None, None) for number in range(3)]


def test_nothing_in_nothing_out() -> None:
    assert read_intents(pl.DataFrame(schema=MENTIONS)).schema == INTENTS


def test_order_does_not_matter() -> None:
    asked = frame([mention("I bought a [Kestrel]"), mention("is the [Kestrel] good?"), mention("no name"), mention("[Kestrel]!")])
    assert read_intents(asked.reverse()).reverse().equals(read_intents(asked))


@pytest.mark.parametrize(
    ("marked", "language"),
    [
        ("Ich habe mir gestern endlich einen [Kestrel] gekauft", "de"),
        ("J'ai enfin reçu mon [Kestrel], commandé la semaine dernière", "fr"),
        ("Me compré un [Kestrel] ayer y ya lo uso todos los días", "es"),
        ("Comprei um [Kestrel] ontem e já chegou", "pt"),
        ("Ho comprato un [Kestrel] ieri, finalmente è arrivato", "it"),
        ("昨日ついに[Kestrel]を買いました", "ja"),
        ("Finally got my [Kestrel] in the mail today", "en"),
    ],
)
def test_who_got_one_has_adopted_it(marked: str, language: str) -> None:
    assert read_intents(frame([mention(marked, language)]))["adoption_probability"].item() >= 0.55


@pytest.mark.parametrize(
    ("marked", "language"),
    [
        ("Soll ich den [Kestrel] nehmen?", "de"),
        ("Est-ce que le [Kestrel] vaut le coup ?", "fr"),
        ("¿Vale la pena el [Kestrel]?", "es"),
        ("[Kestrel] anuncia nova fábrica em Portugal", "pt"),
        ("[Kestrel] apre un nuovo negozio a Milano", "it"),
        ("[Kestrel]は今年新しい工場を建てると発表した", "ja"),
        ("20% off the [Kestrel] at Harbour Outdoor, free shipping", "en"),
        ("Should I get the [Kestrel]?", "en"),
    ],
)
def test_questions_news_and_deals_are_no_adoptions(marked: str, language: str) -> None:
    assert read_intents(frame([mention(marked, language)]))["adoption_probability"].item() < 0.4
