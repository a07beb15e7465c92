"""Payloads without their words: what stays of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.privacy.words import without_embedded, without_words


def redacted(platform: str, entity: str, payload: Any, *, is_deleted: bool = False) -> Any:
    return json.loads(without_words(platform, entity, json.dumps(payload), is_deleted=is_deleted))


STATUS = {
    "id": "7", "uri": "https://pond.example/users/ada/7", "created_at": "2026-09-01T08:00:00Z", "language": "en", "spoiler_text": "Boots",
    "content": '<p>Wet <a href="https://shop.example/?utm_source=ada&amp;id=3">my boots</a> <img src="https://a.example/x.png"></p>',
    "account": {"uri": "https://pond.example/users/ada", "note": "<p>likes long walks</p>", "display_name": "Ada of the Pond"},
    "tags": [{"name": "boots"}], "media_attachments": [{"type": "image", "description": "boots in a brook"}],
    "favourites_count": 3, "card": {"url": "https://shop.example/boots", "title": "Boots"},
}  # fmt: skip


def test_what_expires_keeps_ids_times_counts_accounts_and_where_it_points() -> None:
    left = redacted("mastodon", "statuses", STATUS)
    assert left["content"] == "https://shop.example/?id=3"
    assert (left["spoiler_text"], left["tags"], left["card"]) == ("", [{"name": ""}], {"url": "https://shop.example/boots", "title": ""})
    assert left["media_attachments"] == [{"type": "image", "description": ""}]
    for kept in ("id", "uri", "created_at", "language", "account", "favourites_count"):
        assert left[kept] == STATUS[kept]


def test_what_is_deleted_keeps_no_address_but_its_own_without_the_title() -> None:
    post = {"name": "t3_1", "title": "Boots", "selftext": "wet", "permalink": "/r/x/comments/1/wet_boots/", "url": "https://a.example/boots",
            "author": "ada", "author_fullname": "t2_9", "subreddit": "x", "created_utc": 1788238800, "score": 4}  # fmt: skip
    left = redacted("reddit", "posts", post, is_deleted=True)
    assert left == post | {"title": "", "selftext": "", "permalink": "/r/x/comments/1/_/", "url": ""}
    assert redacted("x", "posts", {"id": "1", "card": {"url": "https://a.example/boots"}}, is_deleted=True)["card"] == {"url": ""}


@pytest.mark.parametrize(
    ("platform", "entity", "key"), [("lemmy", "posts", "name"), ("peertube", "videos", "name"), ("pinboard", "bookmarks", "d")]
)
def test_titles_that_are_called_otherwise_go_too(platform: str, entity: str, key: str) -> None:
    assert redacted(platform, entity, {key: "Boots"}) == {key: ""}


def test_an_indent_that_tells_who_is_answered_stays() -> None:
    assert redacted("mediawiki", "revisions", {"added_text": ":: no, they leak"}) == {"added_text": ":"}


@pytest.mark.parametrize(
    ("platform", "key", "text", "left"),
    [
        ("mediawiki", "added_text", "ask [[User:Ada|her]] then", "[[User:Ada|her]]"),
        ("threads", "text", "ask @ada.lee then", "@ada.lee"),
        ("nodebb", "content", 'ask <a class="plugin-mentions" href="/uid/3">@ada</a>', '<a class="plugin-mentions" href="/uid/3">'),
    ],
)
def test_whom_a_text_names_stays_where_only_the_text_tells(platform: str, key: str, text: str, left: str) -> None:
    assert redacted(platform, "posts", {key: text}) == {key: left}


def test_of_a_quoted_post_the_words_go_and_those_of_who_quotes_it_stay() -> None:
    payload = {"name": "t3_2", "title": "Look at this", "crosspost_parent_list": [{"name": "t3_1", "title": "Boots", "selftext": "wet"}]}
    left = json.loads(without_embedded("reddit", "posts", json.dumps(payload), {"t3_1"}))
    assert left == payload | {"crosspost_parent_list": [{"name": "t3_1", "title": "", "selftext": ""}]}
    assert without_embedded("reddit", "posts", json.dumps(payload), {"t3_9"}) == json.dumps(payload)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)


@given(
    st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    st.booleans(),
)
def test_no_text_with_white_space_is_left_anywhere_and_numbers_are_as_they_were(value: Any, is_deleted: bool) -> None:
    secret = "what nobody should read"
    left = redacted("x", "posts", {"value": value, "deep": [{"any": secret, "text": secret.split()[0]}]}, is_deleted=is_deleted)
    assert secret.split()[0] not in json.dumps(left["deep"])
    assert numbers(left["value"]) == numbers(value)


def numbers(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [number for item in value.values() for number in numbers(item)]
    if isinstance(value, list):
        return [number for item in value for number in numbers(item)]
    return [] if isinstance(value, str) else [value]
