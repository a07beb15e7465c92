from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.signals.adoption_times import ADOPTION_TIMES, CLASSES, read_adoption_times
from orchestration.signals.time_words import time_words

SAID = datetime(2026, 9, 16, 12, tzinfo=UTC)  # a Wednesday


def read(text: str, language: str | None = "en", said_at: datetime = SAID, name: str = "Glide") -> dict[str, object]:
    start = text.index(name)
    asked = pl.DataFrame(
        [(1, text, start, start + len(name), language, said_at)],
        schema=["mention_row", "text", "span_start", "span_end", "language", "said_at"],
        orient="row",
    )
    found = read_adoption_times(asked)
    assert dict(found.schema) == ADOPTION_TIMES
    return found.row(0, named=True)


def day(month: int, number: int, year: int = 2026) -> datetime:
    return datetime(year, month, number, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Just got my Glide, so light!", "en"),
        ("My Glide came in the mail today", "en"),
        ("Finally got the Glide.", "en"),
        ("The Glide arrived! It came in the mail this morning.", "en"),
        ("Heute ist mein Glide angekommen", "de"),
        ("Ich habe mir gerade den Glide bestellt", "de"),
        ("Je viens de commander le Glide", "fr"),
        ("Acabo de comprar el Glide", "es"),
        ("Acabei de comprar o Glide", "pt"),
        ("Ho appena ordinato il Glide", "it"),
        ("今日Glideが届いた", "ja"),
    ],
)
def test_what_is_said_on_the_day_is_now(text: str, language: str) -> None:
    assert read(text, language) == {
        "mention_row": 1,
        "adoption_time": "now",
        "adopted_at": None,
        "adopted_from": None,
        "adopted_until": None,
    }


LAST_WEEK = (day(9, 7), day(9, 14))
YESTERDAY = (day(9, 15), day(9, 16))
LAST_MARCH = (day(3, 1), day(4, 1))


@pytest.mark.parametrize(
    ("text", "language", "bounds"),
    [
        ("Bought a Glide last week.", "en", LAST_WEEK),
        ("I ordered the Glide yesterday, it comes on Friday", "en", YESTERDAY),
        ("Got my Glide in March", "en", LAST_MARCH),
        ("Picked up the Glide on Monday", "en", (day(9, 14), day(9, 15))),
        ("Bought the Glide in 2024", "en", (day(1, 1, 2024), day(1, 1, 2025))),
        ("I love the Glide. Bought it last week.", "en", LAST_WEEK),
        ("Glide bought three days ago", "en", (day(9, 13), day(9, 14))),
        ("I got the Glide over the weekend", "en", (day(9, 12), day(9, 14))),
        ("Letzte Woche den Glide gekauft", "de", LAST_WEEK),
        ("Gestern habe ich den Glide bestellt", "de", YESTERDAY),
        ("J'ai acheté le Glide la semaine dernière", "fr", LAST_WEEK),
        ("Hier j'ai commandé la Glide", "fr", YESTERDAY),
        ("Compré el Glide la semana pasada", "es", LAST_WEEK),
        ("Ayer pedí el Glide", "es", YESTERDAY),
        ("Comprei o Glide semana passada", "pt", LAST_WEEK),
        ("Ontem comprei um Glide", "pt", YESTERDAY),
        ("Ho comprato la Glide la settimana scorsa", "it", LAST_WEEK),
        ("Ieri ho ordinato il Glide", "it", YESTERDAY),
        ("先週Glideを買った", "ja", LAST_WEEK),
        ("昨日Glideを注文しました", "ja", YESTERDAY),
        ("3月にGlideを買いました", "ja", LAST_MARCH),
    ],
)
def test_a_point_in_the_past_has_the_bounds_of_its_period(text: str, language: str, bounds: tuple[datetime, datetime]) -> None:
    found = read(text, language)
    assert (found["adoption_time"], found["adopted_from"], found["adopted_until"]) == ("dated", *bounds)
    assert found["adopted_at"] == bounds[0] + (bounds[1] - bounds[0]) / 2


@pytest.mark.parametrize(
    ("text", "language", "at"),
    [
        ("Bought my Glide two months ago", "en", day(7, 17)),
        ("Vor zwei Monaten den Glide gekauft", "de", day(7, 17)),
        ("J'ai acheté le Glide il y a deux mois", "fr", day(7, 17)),
        ("Compré el Glide hace dos meses", "es", day(7, 17)),
        ("Comprei o Glide há dois meses", "pt", day(7, 17)),
        ("Ho comprato il Glide due mesi fa", "it", day(7, 17)),
        ("2ヶ月前にGlideを買った", "ja", day(7, 17)),
        ("I've had the Glide for two weeks", "en", day(9, 2)),
    ],
)
def test_so_long_before_is_half_a_unit_up_or_down(text: str, language: str, at: datetime) -> None:
    found = read(text, language)
    assert found["adoption_time"] == "dated"
    assert isinstance(found["adopted_at"], datetime)
    assert abs((found["adopted_at"] - at).days) <= 1
    assert found["adopted_from"] < found["adopted_at"] < found["adopted_until"] < SAID  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I have used my Glide every day for a year", "en"),
        ("Running in the Glide since 2019", "en"),
        ("Had my Glide for ages", "en"),
        ("My Glide is great. Still using it after three years.", "en"),
        ("My three year old Glide still works", "en"),
        ("Ich nutze meinen Glide seit zwei Jahren", "de"),
        ("Mein Glide läuft seit 2019", "de"),
        ("J'utilise ma Glide depuis deux ans", "fr"),
        ("J'ai la Glide depuis 2019", "fr"),
        ("Tengo el Glide desde hace dos años", "es"),
        ("Uso mi Glide desde 2019", "es"),
        ("Uso meu Glide há dois anos", "pt"),
        ("Tenho o Glide desde 2019", "pt"),
        ("Uso la mia Glide da due anni", "it"),
        ("Ho il Glide dal 2019", "it"),
        ("Glideを2年使っています", "ja"),
        ("2019年からGlideを愛用", "ja"),
    ],
)
def test_what_has_lasted_is_owned_of_old(text: str, language: str) -> None:
    found = read(text, language)
    assert found["adoption_time"] == "since_long"
    assert found["adopted_at"] <= found["adopted_until"] < day(8, 18)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I will buy the Glide next month", "en"),
        ("Can't wait to get a Glide", "en"),
        ("Nächsten Monat werde ich mir den Glide kaufen", "de"),
        ("Je vais acheter le Glide", "fr"),
        ("Voy a comprar el Glide", "es"),
        ("Vou comprar um Glide mês que vem", "pt"),
        ("Vorrei comprare il Glide", "it"),
        ("来月Glideを買う予定", "ja"),
    ],
)
def test_what_is_meant_to_be_bought_is_future(text: str, language: str) -> None:
    assert read(text, language)["adoption_time"] == "future"


@pytest.mark.parametrize(
    "text",
    [
        "My Glide is light",
        "I ran with my Glide yesterday",
        "My Glide felt smooth today",
        "My Glide is worn out and I want to buy something new",
        "I have been looking for a Glide for a year",
        "The Glide has a warranty for two years",
        "The Glide came out in 2019, they say",
        "My brother is two years older. The Glide is light.",
        "I bought a Glide",
    ],
)
def test_a_time_of_something_else_dates_nothing(text: str) -> None:
    assert read(text)["adoption_time"] == "unknown"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Had my Fernway for ten years, but the Glide I ordered yesterday", "dated"),
        ("Bought my Glide two years ago, and just replaced the Fernway", "dated"),
    ],
)
def test_of_several_times_the_nearest_counts(text: str, expected: str) -> None:
    found = read(text)
    assert found["adoption_time"] == expected
    assert found["adopted_until"] < SAID  # type: ignore[operator]


def test_a_language_without_words_and_a_link_are_not_read() -> None:
    assert read("Glide igår", "sv")["adoption_time"] is None
    assert read("Glide yesterday", None)["adoption_time"] is None
    link = pl.DataFrame(
        {"mention_row": [1], "text": [None], "span_start": [None], "span_end": [None], "language": ["en"], "said_at": [SAID]}
    )
    assert read_adoption_times(link)["adoption_time"].to_list() == [None]


@pytest.mark.parametrize("year", [1, 1979, 2200, 9999])
def test_a_post_of_an_impossible_time_dates_nothing(year: int) -> None:
    assert read("Bought my Glide a year ago", said_at=datetime(year, 12, 31, tzinfo=UTC))["adoption_time"] == "unknown"


PIECES = [
    "Glide", "bought", "my", "for", "since", "ago", "999", "0", "a", "decades", "years", "days", "in", "2026", "2027", "march", "last week",
    ".", ",", "gestern", "seit", "hace", "há", "fa", "depuis", "年", "前", "買っ", "\u0130", "today", "will buy",
]  # fmt: skip


@settings(max_examples=150)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=20), st.sampled_from(sorted(time_words())))
def test_any_text_has_bounds_in_order_and_not_after_it_was_said(pieces: list[str], language: str) -> None:
    found = read(" ".join([*pieces, "Glide", *reversed(pieces)]), language)
    assert found["adoption_time"] in CLASSES
    times = [found[name] for name in ("adopted_from", "adopted_at", "adopted_until") if found[name] is not None]
    assert times == sorted(times)  # type: ignore[type-var]
    assert all(time <= SAID for time in times)  # type: ignore[operator]
    assert bool(times) == (found["adoption_time"] in ("dated", "since_long"))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I bought the Glide 2.5 years ago", "en"),
        ("Den Glide habe ich vor 2,5 Jahren gekauft", "de"),
        ("J'ai acheté le Glide il y a 2,5 ans", "fr"),
        ("Compré el Glide hace 2,5 años", "es"),
        ("Comprei o Glide há 2,5 anos", "pt"),
        ("Ho comprato il Glide 2,5 anni fa", "it"),
        ("2.5年前にGlideを買った", "ja"),
    ],
)
def test_halves_of_years_are_read_whole(text: str, language: str) -> None:
    found = read(text, language)
    assert (found["adopted_from"], found["adopted_until"]) == (SAID - timedelta(days=3 * 365.25), SAID - timedelta(days=2 * 365.25))


def test_a_number_that_is_a_part_of_another_is_none() -> None:
    for number in ("10^9", "-3", "2.55", "1,2,3", "12345"):
        assert read(f"I bought the Glide {number} days ago")["adoption_time"] == "unknown", number
