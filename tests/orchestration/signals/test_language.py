from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.signals.language import LANGUAGES, SURE, TELLERS, read_languages, reading_languages


def read(texts: list[str | None]) -> pl.DataFrame:
    posts = pl.DataFrame(
        {"post_id": [str(number) for number in range(len(texts))], "text": texts}, schema={"post_id": pl.String, "text": pl.String}
    )
    return read_languages(posts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I have had this kettle for six years and still love it", "en"),
        ("Das Mädchen hat sich einen neuen Wasserkocher gekauft", "de"),
        ("J'ai acheté cette bouilloire la semaine dernière et je l'adore", "fr"),
        ("Llevo seis años con esta tetera y me sigue encantando", "es"),
        ("私はこのやかんを六年間使っています", "ja"),
        ("我喜欢这个水壶", "zh"),
        ("이 주전자를 육 년 동안 쓰고 있어요", "ko"),
        ("אני אוהב את הקומקום הזה מאוד", "he"),
        ("أحب هذا الإبريق كثيرا وأستخدمه كل يوم", "ar"),
        ("Мне очень нравится этот чайник", "ru"),
        ("LOVE THIS KETTLE SO MUCH, BEST THING I EVER BOUGHT", "en"),
        ("@ann @bob https://example.org/das-ist-ein-link I have had this kettle for years #wasserkocher", "en"),
    ],
)
def test_languages(text: str, expected: str) -> None:
    assert read([text])["language"].item() == expected


@pytest.mark.parametrize(
    "text", [None, "", " \n ", "ok", "lol!!", "😍😍😍", "12345 67890 12345", "https://example.org/a/long/path/in/english", "#one #two"]
)
def test_too_short_to_tell(text: str | None) -> None:
    assert read([text]).row(0) == ("0", None, None)


@settings(max_examples=80)
@given(st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]))))
def test_any_text_has_a_row(texts: list[str | None]) -> None:
    found = read(texts)
    assert found.schema == LANGUAGES
    assert found["post_id"].to_list() == [str(number) for number in range(len(texts))]
    assert found["language"].is_null().equals(found["language_confidence"].is_null().alias("language"))
    assert found["language"].drop_nulls().str.contains("^[a-z]{2}$").all()
    assert found["language_confidence"].drop_nulls().is_between(0, 1).all()


TOLD = ("platform_language", "source_language", "thread_language", "author_language")


@pytest.mark.parametrize(
    ("shown", "told", "expected"),
    [
        (("de", SURE), ("en", "en", "en", "en"), ("de", "text")),
        (("de", SURE - 0.01), ("en-GB", "fr", "fr", "fr"), ("en", "platform")),
        (("de", SURE - 0.01), (None, "pt-BR", "fr", "fr"), ("pt", "source")),
        ((None, None), (None, None, "fr", "it"), ("fr", "thread")),
        ((None, None), ("?", None, None, "it"), ("it", "author")),
        (("de", 0.5), (None, None, None, None), ("de", "text")),
        ((None, None), (None, None, None, None), (None, None)),
    ],
)
def test_a_language_that_is_not_sure_is_told_by_the_nearest(
    shown: tuple[str | None, float | None], told: tuple[str | None, ...], expected: tuple[str | None, str | None]
) -> None:
    assert tuple(f"{teller}_language" for teller in TELLERS) == TOLD
    posts = pl.DataFrame([(*shown, *told)], schema={**dict(list(LANGUAGES.items())[1:]), **dict.fromkeys(TOLD, pl.String)}, orient="row")
    assert reading_languages(posts).rows() == [expected]
