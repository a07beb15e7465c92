"""The Graph API's errors, quotas and pages, whichever platform speaks them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.extraction import Extraction
from connectors.http import BrokenBody, RateLimited
from connectors.night.followed import DeadToken, Missing, MissingPermission, SpentQuota
from connectors.settings import Limits
from connectors.social_networks.facebook import SOURCE
from connectors.social_networks.graph_api import FACEBOOK, Graph, moment
from connectors.source import SourceError
from tests.conftest import WINDOW
from tests.connectors.social_networks.fake_graph import TOKEN, error

Make = Callable[..., Extraction]


@pytest.fixture
def graph(extraction: Make) -> Callable[..., Graph]:
    def make(handler: Callable[[httpx.Request], httpx.Response], **secrets: str) -> Graph:
        values = {name: SecretStr(value) for name, value in {"token": TOKEN, **secrets}.items()}
        limits = Limits(requests_per_second=1000, attempts=3, max_pages=3)
        return Graph(extraction(SOURCE, handler, pages=("1",), secret_values=values, limits=limits), FACEBOOK)

    return make


@pytest.mark.parametrize(
    ("told", "kind", "words"),
    [
        ({"code": 190, "error_subcode": 463, "message": f"Malformed access token {TOKEN}"}, DeadToken, "it has expired"),
        ({"code": 190, "message": f"Malformed access token {TOKEN}"}, DeadToken, "wrong, expired or revoked"),
        ({"code": 368, "message": "blocked for a while"}, DeadToken, "blocked for a while"),
        ({"code": 10, "message": "needs more"}, MissingPermission, "grant it to the app"),
        ({"code": 200, "message": "(#200) needs more"}, MissingPermission, "grant it to the app"),
        ({"code": 100, "message": "(#100) wants either an app secret proof or more"}, MissingPermission, "set secrets.app_secret"),
        ({"code": 100, "message": "(#100) due to missing permission"}, MissingPermission, "a permission is missing"),
        ({"code": 100, "error_subcode": 33, "message": "due to missing permissions"}, Missing, "nothing is there"),
        ({"code": 803, "message": "aliases do not exist"}, Missing, "nothing is there"),
        ({"code": 110, "message": "cannot find user"}, Missing, "nothing is there"),
        ({"code": 18, "message": "too many hashtags"}, SpentQuota, "too many hashtags"),
        ({"code": 100, "message": "(#100) Tried accessing nonexisting field"}, SourceError, "code 100: .* nonexisting field"),
        ({"code": [], "error_subcode": {}, "message": 5}, SourceError, "code 0: 5"),
        ({}, SourceError, "no reason given"),
    ],
)
async def test_each_error_is_one_clear_sentence(graph: Callable[..., Graph], told: dict[str, Any], kind: type, words: str) -> None:
    with pytest.raises(SourceError, match=words) as raised:
        await graph(lambda request: error(told)).ask("1")
    assert type(raised.value) is kind
    assert TOKEN not in str(raised.value)


async def test_a_401_without_a_code_is_a_dead_token(graph: Callable[..., Graph]) -> None:
    with pytest.raises(DeadToken):
        await graph(lambda request: error({}, 401)).ask("1")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json=[]),
        httpx.Response(400, json={"data": []}),
        httpx.Response(403, text="<html>no</html>"),
        httpx.Response(200),
    ],
)
async def test_what_is_no_answer_of_a_graph_api(graph: Callable[..., Graph], answer: httpx.Response) -> None:
    with pytest.raises(BrokenBody):
        await graph(lambda request: answer).ask("1")


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80_001])
async def test_a_spent_quota_is_waited_for_as_the_headers_tell(graph: Callable[..., Graph], code: int) -> None:
    usage = json.dumps({"7": [{"type": "pages", "call_count": 101, "estimated_time_to_regain_access": 5}]})
    answers = [
        error({"code": code, "message": "limit"}, headers={"X-Business-Use-Case-Usage": usage}),
        httpx.Response(200, json={"id": "1"}),
    ]
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    asking = graph(lambda request: answers.pop(0))
    asking.http._wait = wait
    assert (await asking.ask("1")).json() == {"id": "1"}
    assert 299 < waits[-1] <= 300


async def test_a_quota_that_comes_back_too_late_ends_the_night(graph: Callable[..., Graph]) -> None:
    usage = json.dumps({"7": [{"call_count": 101, "estimated_time_to_regain_access": 30}]})
    with pytest.raises(RateLimited, match="not to be asked before"):
        await graph(lambda request: error({"code": 4}, headers={"X-Business-Use-Case-Usage": usage})).ask("1")


async def test_a_quota_that_stays_spent_ends_the_night(graph: Callable[..., Graph]) -> None:
    for answer in (error({"code": 32, "message": "page limit"}, 403), error({"message": "slow down"}, 429)):
        with pytest.raises(RateLimited, match="its quota is spent"):
            await graph(lambda request, answer=answer: answer).ask("1")


@pytest.mark.parametrize(
    "usage", ['{"call_count": 97}', '{"call_count": "x", "total_time": 99}', "no json", "[]", '{"7": [3, {"total_time": NaN}]}', "{}"]
)
async def test_the_nearly_spent_quota_slows_down(graph: Callable[..., Graph], usage: str) -> None:
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    asking = graph(lambda request: httpx.Response(200, json={"id": "1"}, headers={"X-App-Usage": usage}))
    asking.http._wait = wait
    for _ in range(2):
        await asking.ask("1")
    assert (max(waits, default=0) > 50) == ("9" in usage)


async def test_errors_that_pass_are_asked_for_again(graph: Callable[..., Graph]) -> None:
    answers = [error({"code": 2}), error({"code": 99, "is_transient": True}), httpx.Response(200, json={"id": "1"})]
    assert (await graph(lambda request: answers.pop(0)).ask("1")).json() == {"id": "1"}
    with pytest.raises(SourceError, match=r"it went on failing .*attempts: 3"):
        await graph(lambda request: error({"code": 1})).ask("1")


async def test_the_apps_secret_becomes_a_proof(graph: Callable[..., Graph]) -> None:
    asked: list[httpx.QueryParams] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params)
        return error({"code": 5, "message": f"proof {request.url.params['appsecret_proof']} is odd"})

    asking = graph(answer, app_secret="hush")
    with pytest.raises(SourceError) as raised:
        await asking.ask("1")
    assert asked[0]["appsecret_proof"] == "dc0e0ab344d5b2c174695a064c7cd8c2518812a6f3d5120c866ca257369adba3"
    assert asked[0]["appsecret_proof"] not in str(raised.value)


async def read(asking: Graph) -> tuple[list[Any], list[str]]:
    notes: list[str] = []
    return [item async for _, items in asking.pages("1/posts", {"limit": 2}, notes) for item in items], notes


async def test_pages_go_on_by_cursor_and_never_follow_the_link(graph: Callable[..., Graph]) -> None:
    asked: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        number = len(asked)
        paging: dict[str, Any] = {"cursors": {"after": f"p{number}"}, "next": f"https://evil.test/?access_token={TOKEN}"}
        if number == 2:
            paging = {"next": f"https://evil.test/x?access_token={TOKEN}&until=77&__paging_token=t&limit=9"}
        return httpx.Response(200, json={"data": [number], "paging": paging if number < 3 else {"cursors": {"after": "end"}}})

    assert (await read(graph(answer))) == ([1, 2, 3], [])
    assert [url.host for url in asked] == ["graph.facebook.com"] * 3
    assert [(url.params.get("after"), url.params.get("until"), url.params["limit"]) for url in asked] == [
        (None, None, "2"),
        ("p1", None, "2"),
        (None, "77", "2"),
    ]


async def test_lists_are_bounded(graph: Callable[..., Graph]) -> None:
    asked: list[int] = []

    def endless(request: httpx.Request) -> httpx.Response:
        asked.append(1)
        return httpx.Response(200, json={"data": [1], "paging": {"cursors": {"after": f"p{len(asked)}"}, "next": "https://x.test"}})

    items, notes = await read(graph(endless))
    assert (len(items), notes) == (3, ["1/posts: more than limits.max_pages allows; the rest was not read"])

    def circle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"data": [1], "paging": {"cursors": {"after": "p"}, "next": "https://x.test"}})

    with pytest.raises(BrokenBody, match="runs in a circle"):
        await read(graph(circle))


@pytest.mark.parametrize("body", [{"data": 3}, {}, {"data": [], "paging": {"cursors": {"after": "a){x}"}, "next": "https://x.test"}}])
async def test_lists_that_are_none(graph: Callable[..., Graph], body: Any) -> None:
    with pytest.raises(BrokenBody):
        await read(graph(lambda request: httpx.Response(200, json=body)))


@pytest.mark.parametrize("paging", [None, 3, [], {"next": 5}, {"next": "https://x.test"}, {"next": "http://[", "cursors": 4}])
async def test_lists_that_end_oddly(graph: Callable[..., Graph], paging: Any) -> None:
    assert (await read(graph(lambda request: httpx.Response(200, json={"data": [1], "paging": paging}))))[0] == [1]


@pytest.mark.parametrize("value", [None, 5, "", "soon", "0001-01-01T00:00:00+1400", "2031-01-01T00:00:00+0000", {}])
def test_times_that_are_none(value: Any) -> None:
    assert moment(value, WINDOW.end) is None


def test_times() -> None:
    noon = datetime(2026, 9, 10, 12, tzinfo=UTC)
    assert {moment(text, WINDOW.end) for text in ("2026-09-10T12:00:00+0000", "2026-09-10T12:00:00", "2026-09-10T14:00:00+02:00")} == {noon}
