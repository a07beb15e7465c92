from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest

from connectors.http import BrokenBody
from connectors.http.pagination import Pages, Paginator, continue_object, link_header, max_id, page_number, page_token
from connectors.source import SourceError
from tests.connectors.serving import http_of

URL = "https://social.example/api/list"


async def walk(
    answer: Callable[[dict[str, str]], httpx.Response], paginator: Paginator, *, max_pages: int = 10, **params: str | int
) -> tuple[list[Any], list[dict[str, str]], bool]:
    """The documents of all pages, what was asked for each, and whether the list was cut."""
    asked: list[dict[str, str]] = []

    def handle(request: httpx.Request) -> httpx.Response:
        assert str(request.url.copy_with(query=None)) == URL
        assert request.headers["authorization"] == "Bearer abc"
        asked.append(dict(request.url.params))
        return answer(asked[-1])

    async with http_of(handle, attempts=1) as http:
        pages = Pages(http, URL, paginator, params=params, headers={"authorization": "Bearer abc"}, max_pages=max_pages)
        documents = [page.json() async for page in pages]
    return documents, asked, pages.is_cut


def newest_first(params: dict[str, str], *, link: str | None = None) -> httpx.Response:
    """Ids 5 to 1, two a page."""
    ids = [number for number in range(5, 0, -1) if number < int(params.get("max_id", "99"))][:2]
    headers = {"link": link.format(last=ids[-1])} if link and len(ids) == 2 else {"link": '<x>; rel="prev"'} if link else {}
    return httpx.Response(200, json=[{"id": str(number)} for number in ids], headers=headers)


@pytest.mark.parametrize(
    "link",
    [
        '<https://social.example/api/list?max_id={last}>; rel="next", <https://social.example/api/list?min_id=9>; rel="prev"',
        "<https://social.example/api/list?min_id=9>; rel=prev, <?max_id={last}>; rel=next",
        '<http://other.example/elsewhere?max_id={last}>; title="more"; REL="last next"',
    ],
    ids=["mastodon", "unquoted", "another server"],
)
async def test_link_headers_are_followed_at_the_address_first_asked(link: str) -> None:
    documents, asked, is_cut = await walk(partial(newest_first, link=link), link_header, limit=2)
    assert [[item["id"] for item in page] for page in documents] == [["5", "4"], ["3", "2"], ["1"]]
    assert asked == [{"limit": "2"}, {"limit": "2", "max_id": "4"}, {"limit": "2", "max_id": "2"}]
    assert not is_cut


async def test_servers_without_link_headers_are_asked_for_what_is_older() -> None:
    documents, asked, _ = await walk(newest_first, partial(link_header, otherwise=max_id), limit=2)
    assert [len(page) for page in documents] == [2, 2, 1, 0]
    assert [params.get("max_id") for params in asked] == [None, "4", "2", "1"]
    assert [len(page) for page in (await walk(newest_first, link_header))[0]] == [2]


async def test_a_continue_object_is_sent_back_whole_and_forgotten_afterwards() -> None:
    answers = iter([{"continue": {"a": "x|1", "continue": "-||"}, "n": 1}, {"continue": {"b": 2, "continue": "||"}, "n": 2}, {"n": 3}])
    documents, asked, _ = await walk(lambda params: httpx.Response(200, json=next(answers)), continue_object, list="recent")
    assert [page["n"] for page in documents] == [1, 2, 3]
    assert asked == [
        {"list": "recent"},
        {"list": "recent", "a": "x|1", "continue": "-||"},
        {"list": "recent", "b": "2", "continue": "||"},
    ]


async def test_numbered_pages_are_read_to_their_number() -> None:
    documents, asked, _ = await walk(lambda params: httpx.Response(200, json={"nbPages": 3}), page_number, query="coffee")
    assert [params.get("page") for params in asked] == [None, "1", "2"]
    assert len(documents) == 3
    assert len((await walk(lambda params: httpx.Response(200, json={"nbPages": 0}), page_number))[0]) == 1


@pytest.mark.parametrize("end", [{}, {"next": None}, {"next": ""}])
async def test_a_token_leads_to_the_next_page(end: dict[str, Any]) -> None:
    answers = iter([{"next": "t1"}, {"next": 2}, end])
    _, asked, _ = await walk(
        lambda params: httpx.Response(200, json=next(answers)), partial(page_token, key="next", parameter="from"), q="a"
    )
    assert asked == [{"q": "a"}, {"q": "a", "from": "t1"}, {"q": "a", "from": "2"}]


@pytest.mark.parametrize(("max_pages", "read", "is_cut"), [(1, 1, True), (2, 2, True), (3, 3, False), (4, 3, False)])
async def test_a_list_is_cut_at_the_limit_and_says_so(max_pages: int, read: int, is_cut: bool) -> None:
    documents, _, was_cut = await walk(lambda params: httpx.Response(200, json={"nbPages": 3}), page_number, max_pages=max_pages)
    assert (len(documents), was_cut) == (read, is_cut)


@pytest.mark.parametrize("tokens", [["a", "a"], ["a", "b", "a"]])
async def test_a_list_that_runs_in_a_circle_is_left(tokens: list[str]) -> None:
    answers = iter([{"next": token} for token in tokens])
    with pytest.raises(SourceError, match="circle"):
        await walk(lambda params: httpx.Response(200, json=next(answers)), partial(page_token, key="next", parameter="from"))


@pytest.mark.parametrize(
    ("paginator", "document"),
    [
        (max_id, {"error": "no list"}),
        (max_id, ["text"]),
        (max_id, [{"id": None}]),
        (max_id, [{"name": "no id"}]),
        (continue_object, []),
        (continue_object, {"continue": "text"}),
        (continue_object, {"continue": 7}),
        (continue_object, {"continue": {"a": None}}),
        (page_number, None),
        (page_number, {"nbPages": "3"}),
        (page_number, {"message": "you can only fetch the first hits"}),
        (partial(page_token, key="next", parameter="from"), {"next": {"a": 1}}),
        (partial(page_token, key="next", parameter="from"), {"next": ["a"]}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_what_cannot_be_continued_is_broken(paginator: Paginator, document: Any) -> None:
    with pytest.raises(BrokenBody, match=URL):
        await walk(lambda params: httpx.Response(200, json=document), paginator)


async def test_a_link_to_what_is_no_address_is_broken() -> None:
    with pytest.raises(BrokenBody, match="Link header"):
        await walk(lambda params: httpx.Response(200, json=[], headers={"link": '<https://[::1/>; rel="next"'}), link_header)
