from __future__ import annotations

import json
import logging
from typing import Any

import httpx
import pytest

from connectors.http import (
    Answer,
    BrokenBody,
    Forbidden,
    Gone,
    HttpError,
    NotFound,
    RateLimited,
    Rejection,
    Unauthorized,
    Unreachable,
    Validators,
)
from connectors.source import SourceError
from tests.connectors.serving import http_of, one_after_another

URL = "https://social.example/api"


def ok(**document: Any) -> httpx.Response:
    return httpx.Response(200, json=document)


def backed_off(waits: list[float]) -> list[float]:
    """Without what the token bucket waits at 1000 requests a second."""
    return [seconds for seconds in waits if seconds > 0.1]


# What is sent


async def test_params_are_added_to_those_of_the_url() -> None:
    asked: list[httpx.URL] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return ok()

    async with http_of(handle) as http:
        await http.get(f"{URL}?a=1", params={"q": "coffee & cake", "limit": 40})
        await http.get(f"{URL}?a=1")
    assert [dict(url.params) for url in asked] == [{"a": "1", "q": "coffee & cake", "limit": "40"}, {"a": "1"}]


async def test_the_user_agent_names_product_and_contact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_CONTACT", "data@brand.example")
    sent: list[httpx.Headers] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers)
        return ok()

    async with http_of(handle) as http:
        await http.get(URL)
    monkeypatch.setenv("GROUNDSWELL_CONTACT", "line\r\nX-Evil: break")
    async with http_of(handle) as http:
        await http.get(URL)
    assert sent[0]["user-agent"].startswith("groundswell/")
    assert "data@brand.example" in sent[0]["user-agent"]
    assert "Evil" not in sent[1]["user-agent"]
    assert sent[0]["accept-encoding"] == "gzip, deflate"


async def test_post_sends_a_form_or_json() -> None:
    bodies: list[bytes] = []

    def handle(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return ok(done=True) if len(bodies) != 2 else httpx.Response(503)

    async with http_of(handle) as http:
        assert (await http.post(URL, data={"grant": "client"})).json() == {"done": True}
        assert (await http.post(URL, json={"ids": [1]})).status == 200
    assert bodies[0] == b"grant=client"
    assert bodies[1] == bodies[2]
    assert json.loads(bodies[2]) == {"ids": [1]}


# What comes back


async def test_an_answer_says_what_came() -> None:
    async with http_of(lambda request: httpx.Response(200, json={"a": [1]}, headers={"x-total": "7"})) as http:
        answer = await http.get_json(URL, params={"page": 2})
    assert (answer.status, answer.url, answer.headers["x-total"]) == (200, f"{URL}?page=2", "7")
    assert answer.json() == {"a": [1]}
    assert not answer.not_modified
    assert answer.permanent_url is None
    assert http.requests == 1


@pytest.mark.parametrize(
    ("status", "kind"), [(401, Unauthorized), (403, Forbidden), (404, NotFound), (410, Gone), (400, Rejection), (451, Rejection)]
)
async def test_refusals_are_not_asked_again(status: int, kind: type[Rejection]) -> None:
    async with http_of(lambda request: httpx.Response(status, text="no\x1b[31m  such\nthing")) as http:
        with pytest.raises(kind) as caught:
            await http.get(URL)
    assert type(caught.value) is kind
    assert isinstance(caught.value, SourceError)
    assert (caught.value.status, caught.value.body_excerpt) == (status, "no[31m such thing")
    assert f"{URL} answered {status}" in str(caught.value)
    assert http.requests == 1


@pytest.mark.parametrize("status", [404, 410, 500, 429])
async def test_statuses_that_are_data_are_returned_at_once(status: int) -> None:
    async with http_of(lambda request: httpx.Response(status, text="plain text")) as http:
        assert (await http.get_json(URL, absent=frozenset({status}))).status == status
    assert http.requests == 1


# Trying again


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_a_passing_failure_is_asked_again(status: int) -> None:
    waits: list[float] = []
    async with http_of(one_after_another(httpx.Response(status), ok(a=1)), waits=waits) as http:
        assert (await http.get_json(URL)).json() == {"a": 1}
    assert http.requests == 2
    assert len(backed_off(waits)) == 1


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (httpx.ConnectError("no route"), Unreachable),
        (httpx.ConnectTimeout("late"), Unreachable),
        (httpx.ReadTimeout("late"), Unreachable),
        (httpx.RemoteProtocolError("cut"), Unreachable),
        (httpx.Response(503), Rejection),
        (httpx.Response(429), RateLimited),
        (httpx.Response(200, text='{"a": 1'), BrokenBody),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_attempts_are_bounded_and_back_off_grows(failure: httpx.Response | Exception, kind: type[HttpError]) -> None:
    waits: list[float] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if isinstance(failure, Exception):
            raise failure
        return httpx.Response(failure.status_code, content=failure.content)

    async with http_of(handle, waits=waits, attempts=4) as http:
        with pytest.raises(kind, match=r"attempts: 4") as caught:
            await http.get_json(URL)
    assert URL in str(caught.value)
    assert http.requests == 4
    assert [0.4 * 2**n < seconds <= 1.5 * 2**n for n, seconds in enumerate(backed_off(waits))] == [True] * 3


async def test_what_an_api_calls_a_passing_error_is_asked_again() -> None:
    answers = [ok(error="maxlag"), ok(error="maxlag"), ok(query={})]

    def is_busy(answer: Answer) -> bool:
        return "error" in answer.json()

    async with http_of(one_after_another(*answers)) as http:
        assert (await http.get_json(URL, transient=is_busy)).json() == {"query": {}}
    assert http.requests == 3
    async with http_of(lambda request: ok(error="maxlag"), attempts=2) as http:
        assert (await http.get_json(URL, transient=is_busy)).json() == {"error": "maxlag"}
    assert http.requests == 2


@pytest.mark.parametrize("asked", ["7", "Wed, 02 Sep 2026 12:00:07 GMT"])
async def test_retry_after_is_waited_for(asked: str) -> None:
    headers = {"retry-after": asked, "date": "Wed, 02 Sep 2026 12:00:00 GMT"}
    waits: list[float] = []
    async with http_of(one_after_another(httpx.Response(429, headers=headers), ok()), waits=waits) as http:
        await http.get_json(URL)
    assert len(backed_off(waits)) == 1
    assert 6 < backed_off(waits)[0] <= 7


async def test_a_spent_quota_is_waited_for_before_the_next_request_to_that_host_alone() -> None:
    waits: list[float] = []
    spent = httpx.Response(200, json={}, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": "40"})
    async with http_of(one_after_another(spent, ok(), ok()), waits=waits) as http:
        await http.get_json(URL)
        await http.get_json("https://other.example/")
        assert backed_off(waits) == []
        await http.get_json(URL)
    assert len(backed_off(waits)) == 1
    assert 38 < backed_off(waits)[0] <= 40


async def test_a_longer_wait_than_a_night_has_ends_with_the_time_to_come_back() -> None:
    waits: list[float] = []
    async with http_of(lambda request: httpx.Response(429, headers={"retry-after": "86400"}), waits=waits) as http:
        with pytest.raises(RateLimited, match=r"not to be asked before \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC: run again"):
            await http.get(URL)
    assert http.requests == 1
    assert backed_off(waits) == []


# Conditional requests


async def test_validators_go_through_a_cursor_and_back() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        if request.headers.get("if-none-match") == '"v1"' and "if-modified-since" in request.headers:
            return httpx.Response(304)
        return httpx.Response(200, text="feed", headers={"etag": '"v1"', "last-modified": "Tue, 01 Sep 2026 00:00:00 GMT"})

    async with http_of(handle) as http:
        first = await http.get(URL, validators=Validators())
        stored = json.loads(json.dumps(first.validators.to_cursor()))
        second = await http.get(URL, validators=Validators.from_cursor(stored))
    assert (first.body, first.not_modified) == (b"feed", False)
    assert (second.body, second.not_modified) == (b"", True)
    assert second.validators == first.validators


async def test_304_without_having_been_asked_is_an_error() -> None:
    async with http_of(lambda request: httpx.Response(304)) as http:
        with pytest.raises(Rejection) as caught:
            await http.get(URL)
    assert caught.value.status == 304


@pytest.mark.parametrize("cursor", [None, {}, {"etag": 7}, {"etag": "line\r\nbreak"}, {"etag": "ünsendable"}])
def test_validators_that_cannot_be_sent_are_none(cursor: dict[str, Any] | None) -> None:
    assert Validators.from_cursor(cursor) == Validators()


async def test_an_etag_that_cannot_be_sent_back_is_not_kept() -> None:
    async with http_of(lambda request: httpx.Response(200, headers=[(b"etag", b'"\xe9"')])) as http:
        assert (await http.get(URL)).validators == Validators()


# Secrets


async def test_secrets_are_in_no_url_error_or_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/good":
            return ok()
        return httpx.Response(500, text=f"you sent {request.url} and hunter 2/x")

    async with http_of(handle, secrets={"token": "hunter 2/x"}, attempts=2) as http:
        good = await http.get("https://social.example/good", params={"q": "hunter 2/x", "access_token": "zzz", "page": 2})
        with pytest.raises(Rejection) as caught:
            await http.get("https://social.example/bad/hunter%202%2Fx", params={"sig": "zzz"})
    assert good.url == "https://social.example/good?q=***&access_token=***&page=2"
    shown = str(caught.value) + caught.value.body_excerpt + repr(caught.value) + good.url + caplog.text
    assert "attempt 1" in caplog.text
    assert not [leak for leak in ("hunter", "zzz") if leak in shown]


async def test_a_secret_in_a_network_error_is_not_shown() -> None:
    async with http_of(one_after_another(httpx.ConnectError("proxy said abc123 is wrong")), secrets={"a": "abc123"}, attempts=1) as http:
        with pytest.raises(Unreachable, match=r"proxy said \*\*\* is wrong"):
            await http.get(URL)
