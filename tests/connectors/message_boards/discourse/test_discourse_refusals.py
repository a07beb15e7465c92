"""What a Discourse forum refuses, and how it is told."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.extraction import Extraction
from connectors.message_boards.discourse.source import SOURCE
from connectors.settings import Limits
from connectors.source import SourceError
from tests.conftest import collect
from tests.connectors.message_boards.discourse.fake_discourse import BASE, MISSING, PRIVATE, FakeDiscourse
from tests.connectors.reading import records, until_failure

Make = Callable[..., Extraction]


@pytest.fixture
def forum() -> FakeDiscourse:
    return FakeDiscourse()


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(forum: Any, **settings: Any) -> Extraction:
        limits = Limits(requests_per_second=1000, attempts=2)
        return extraction(SOURCE, forum, limits=limits, **({"base_url": BASE, "terms": ()} | settings))

    return make


async def test_a_thing_that_is_not_there_does_not_lose_the_others(forum: FakeDiscourse, job: Make) -> None:
    post = forum.post("ada", forum.topic(), "2026-09-10T10:00")
    pages, failure = await until_failure(SOURCE.fetch(job(forum, communities=("gear", "boats"), accounts=("nobody",))))
    assert f"forum.test:{post}" in records(pages, "posts")
    assert "shows no category 'boats'" in failure
    assert "forum.test does not show the account nobody (404: The requested URL" in failure
    forum.search_error = "too busy"
    pages, failure = await until_failure(SOURCE.fetch(job(forum, communities=("gear",), terms=("tidewell",))))
    assert f"forum.test:{post}" in records(pages, "posts")
    assert "does not search now (too busy)" in failure


@pytest.mark.parametrize(
    ("status", "body", "secrets", "message"),
    [
        (403, {"errors": ["You need to be logged in."], "error_type": "not_logged_in"}, {}, "Guests may read nothing there: name `key`"),
        (403, PRIVATE, {"key": "k3y", "username": "ada"}, "does not accept the API key"),
        (404, MISSING, {}, "base_url must be the root of a Discourse forum"),
        (403, "<html>Just a moment</html>", {}, "a firewall before the forum blocks this client"),
        (200, [], {}, "is this a Discourse forum?"),
        (200, {}, {"key": "k3y"}, "name both `key` and `username`"),
    ],
)
async def test_errors_of_the_whole_forum(job: Make, status: int, body: Any, secrets: dict[str, str], message: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, text=body) if isinstance(body, str) else httpx.Response(status, json=body)

    values = {name: SecretStr(value) for name, value in secrets.items()}
    with pytest.raises(SourceError, match=message) as failure:
        await collect(SOURCE.fetch(job(answer, communities=("*",), secret_values=values)))
    assert "k3y" not in str(failure.value)


async def test_a_key_is_sent_with_its_user(forum: FakeDiscourse, job: Make) -> None:
    values = {"key": SecretStr("k3y"), "username": SecretStr("ada")}
    await collect(SOURCE.fetch(job(forum, communities=("*",), secret_values=values)))
    assert {(request.headers["api-key"], request.headers["api-username"]) for request in forum.asked} == {("k3y", "ada")}


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ({"errors": ["Too many."], "error_type": "rate_limit", "extras": {"wait_seconds": 44}}, 44),
        ({"failed": "FAILED", "message": "Slow down."}, 15),
        ("Too many", 15),
    ],
)
async def test_a_limit_is_waited_for_and_then_told(
    forum: FakeDiscourse, job: Make, monkeypatch: pytest.MonkeyPatch, body: Any, seconds: float
) -> None:
    held: list[float] = []
    is_always = False

    def answer(request: httpx.Request) -> httpx.Response:
        if is_always or (request.url.path == "/posts.json" and not held):
            return httpx.Response(429, text=body) if isinstance(body, str) else httpx.Response(429, json=body)
        return forum(request)

    limited = job(answer, communities=("*",))
    monkeypatch.setattr(limited.http, "hold", lambda url, wait: held.append(wait))
    await collect(SOURCE.fetch(limited))
    assert held == [seconds]
    is_always = True
    with pytest.raises(SourceError, match=r"forum\.test asks for fewer requests.*lower limits\.requests_per_second"):
        await collect(SOURCE.fetch(limited))


async def test_hostile_types_end_in_no_crash(forum: FakeDiscourse, job: Make) -> None:
    topic = forum.topic()
    post = forum.post("ada", topic, "2026-09-10T10:00", reply_to_post_number="x", actions_summary=5)
    forum.post("bo", topic, "2026-09-10T10:00", cooked=7, username=["x"], user_id="y", created_at=12)
    forum.post("bo", topic, "2026-09-10T10:00", post_type=3)
    forum.topics[topic] |= {"category_id": {}, "title": 5}

    def answer(request: httpx.Request) -> httpx.Response:
        found = forum(request)
        if request.url.path == f"/t/{topic}.json":
            body = found.json()
            body["post_stream"]["posts"] += [None, {"id": "x"}]
            body["post_stream"]["stream"].append("x")
            return httpx.Response(200, json=body)
        if request.url.path == "/posts.json" and "before" not in request.url.params:
            return httpx.Response(200, json={"latest_posts": [*found.json()["latest_posts"], 5, {"id": True}, {"id": 3, "topic_id": []}]})
        return found

    pages = await collect(SOURCE.fetch(job(answer, communities=("*",))))
    assert f"forum.test:{post}" in records(pages, "posts")
    assert len(records(pages, "posts")) == 2, "what tells of an act is no post"
    assert [rejected.payload for page in pages for rejected in page.rejected] == [None, {"id": "x"}]
    for path in ("/posts.json", "/search.json", "/user_actions.json", f"/t/{topic}.json", "/u/ada.json"):
        for body in ({}, {"posts": 5, "latest_posts": 5, "user_actions": {}, "post_stream": [], "user": 4, "grouped_search_result": 3}):

            def odd(request: httpx.Request, path: str = path, body: Any = body) -> httpx.Response:
                return httpx.Response(200, json=body) if request.url.path == path else forum(request)

            with suppress(SourceError):
                await collect(SOURCE.fetch(job(odd, communities=("gear", "talk"), terms=("tidewell",), accounts=("ada",))))


async def test_the_check_tells_name_and_size(forum: FakeDiscourse, job: Make) -> None:
    forum.post("ada", forum.topic(), "2026-09-10T10:00")
    assert await SOURCE.check(job(forum)) == "The Forum (Discourse, 3 categories, 1 posts)"
