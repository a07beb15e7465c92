from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from orchestration.signals.answers import ANSWERS, read_answers

SAID = datetime(2026, 9, 16, 12, tzinfo=UTC)


def read(*texts: str | None) -> pl.DataFrame:
    rows = [(str(number), text, SAID) for number, text in enumerate(texts)]
    found = read_answers(
        pl.DataFrame(rows, schema={"post_id": pl.String, "text": pl.String, "said_at": pl.Datetime("us", "UTC")}, orient="row")
    )
    assert dict(found.schema) == ANSWERS
    return found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("You convinced me, I ordered one!", "bought"),
        ("Ordered.", "bought"),
        ("@ada just bought it, thanks to you", "bought"),
        ("Got one too", "bought"),
        ("Mine arrived today 🎉", "bought"),
        ("Pulled the trigger last night", "bought"),
        ("I have the same one", "owns"),
        ("Love mine!", "owns"),
        ("ok ordering one now", "plans_to_buy"),
        ("Take my money", "plans_to_buy"),
        ("same here", "agrees"),
        ("+1", "agrees"),
        ("Du hast mich überzeugt, gerade bestellt!", "bought"),
        ("Hab ich mir auch gekauft", "bought"),
        ("Ich auch", "agrees"),
        ("Tu m'as convaincu, commandé !", "bought"),
        ("Moi aussi", "agrees"),
        ("Me has convencido, lo pedí", "bought"),
        ("Yo también", "agrees"),
        ("Comprei ontem, obrigada", "bought"),
        ("Eu também", "agrees"),
        ("Ordinato ieri, grazie", "bought"),
        ("Anch'io", "agrees"),
        ("さっそくポチりました", "bought"),
        ("私も", "agrees"),
    ],
)
def test_an_answer_that_names_nothing_is_read(text: str, said: str) -> None:
    assert read(text)["said"].to_list() == [said]


@pytest.mark.parametrize(
    "text",
    [
        "Got it, thanks",
        "got it",
        "I almost bought one",
        "I haven't ordered one yet",
        "Never bought it",
        "My sister bought one",
        "I bought a house",
        "Would you buy one?",
        "Bought one?",
        "Same problem here with the strap",
        "thanks!",
        "Nice",
        "one",
        "Nicht gekauft",
        "Pas commandé",
        "No lo compré",
        "Não comprei",
        "Non ordinato",
        "買いませんでした",
        "",
        None,
    ],
)
def test_what_is_no_such_answer_is_not(text: str | None) -> None:
    assert read(text).height == 0


def test_an_answer_has_its_own_time_and_the_whole_text() -> None:
    found = read("Ordered one yesterday!\nCan't wait", "nothing", "Bought one today", "+1")
    assert found["post_id"].to_list() == ["0", "2", "3"]
    assert found["adoption_time"].to_list() == ["dated", "now", "unknown"]
    assert found["adopted_from"].to_list() == [datetime(2026, 9, 15, tzinfo=UTC), None, None]
    assert found["sentence"].to_list()[0] == "Ordered one yesterday! Can't wait"


def test_long_texts_are_none() -> None:
    assert read("Ordered. " + "It is about something else. " * 10).height == 0
