"""The Hacker News connector: what the search finds, how items stand, and what is asked for again."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.extraction import Extraction
from connectors.message_boards.hacker_news import SOURCE
from connectors.settings import Limits
from connectors.source import SourceError, Tombstone, Window
from tests.conftest import WINDOW, collect
from tests.connectors.reading import cursor, notes, records, tombstones, until_failure, young

Make = Callable[..., Extraction]
BASE = "https://board.test"
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))


class FakeBoard:
    """Firebase below v0 and Algolia below api/v1; `unindexed` items are there, but not yet found."""

    def __init__(self) -> None:
        self.items: dict[str, Any] = {}
        self.users: dict[str, Any] = {}
        self.unindexed: set[str] = set()
        self.broken: dict[str, httpx.Response] = {}
        self.ceiling = 1000
        self.asked: list[httpx.Request] = []

    def add(self, by: str, at: str, text: str = "", parent: str | None = None, **more: Any) -> str:
        number = 100 + len(self.items)
        time = int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp())
        kind = {"type": "comment", "parent": int(parent)} if parent else {"type": "story"}
        self.items[str(number)] = {"id": number, "by": by, "time": time, "text": text, **kind, **more}
        if parent:
            self.items[parent].setdefault("kids", []).append(number)
        user = self.users.setdefault(by, {"id": by, "karma": 10, "created": 1_500_000_000, "submitted": []})
        user["submitted"].insert(0, number)
        return str(number)

    def paths(self, part: str) -> list[str]:
        return [request.url.path for request in self.asked if part in request.url.path]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path = request.url.path
        if path in self.broken:
            return self.broken[path]
        if path == "/api/v1/search_by_date":
            return self.search(request.url.params)
        if path == "/v0/maxitem.json":
            return httpx.Response(200, json=99 + len(self.items))
        kind, name = path.removeprefix("/v0/").removesuffix(".json").split("/")
        return httpx.Response(200, content=json.dumps((self.items if kind == "item" else self.users).get(name)))

    def search(self, query: httpx.QueryParams) -> httpx.Response:
        assert query["typoTolerance"] == "false"
        since, before = map(int, re.findall(r"\d+", query["numericFilters"].replace("created_at_i", "")))
        words = query["query"].strip('"').lower()
        found = [
            {"objectID": number, "title": item.get("title"), "url": item.get("url"), "comment_text": item.get("text")}
            for number, item in self.items.items()
            if number not in self.unindexed
            and since <= item["time"] < before
            and words in html.unescape(f"{item.get('title')} {item.get('text')}").lower()
        ]
        return httpx.Response(200, json={"hits": found[: self.ceiling], "nbHits": len(found)})


@pytest.fixture
def board() -> FakeBoard:
    return FakeBoard()


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(board: FakeBoard, **settings: Any) -> Extraction:
        limits = settings.pop("limits", Limits(requests_per_second=1000, attempts=2))
        return extraction(SOURCE, board, base_url=BASE, limits=limits, **settings)

    return make


async def test_a_term_finds_items_their_replies_and_their_authors(board: FakeBoard, job: Make) -> None:
    story = board.add("ada", "2026-09-10T12:00", title="The Tidewell &amp; I", score=7)
    reply = board.add("bo", "2026-09-10T13:00", "I disagree", story)
    below = board.add("cy", "2026-09-10T14:00", "so do I", reply)
    comment = board.add(
        "dee", "2026-09-11T12:00", 'see <a href="https:&#x2F;&#x2F;tidewell.example">this</a>', board.add("eve", "2026-08-11T12:00")
    )
    board.add("fay", "2026-09-12T12:00", "my Tidewellness")
    for outside in ("2026-08-31T23:59:59", "2026-10-01T00:00"):
        board.add("ada", outside, "Tidewell")
    board.add("cy", "2026-10-01T00:00", "too late", below)
    pages = await collect(SOURCE.fetch(job(board, terms=("tidewell",))))
    assert set(records(pages, "items")) == {story, reply, below, comment}
    assert records(pages, "items")[story].payload == board.items[story]
    assert records(pages, "items")[story].published_at == datetime(2026, 9, 10, 12, tzinfo=UTC)
    assert set(records(pages, "users")) == {"ada", "bo", "cy", "dee"}
    assert records(pages, "users")["bo"].payload == {"id": "bo", "karma": 10, "created": 1_500_000_000}
    assert "1 search hits were left out" in notes(pages)
    assert len(board.paths("/item/")) == 5, "each item once, and the reply that is too late"
    assert len(board.paths("search")) == 1


@pytest.mark.parametrize("term", ["tide", "c++", "@tidewell", "tidewell.example"])
async def test_a_term_is_a_whole_word(board: FakeBoard, job: Make, term: str) -> None:
    wanted = {board.add("ada", "2026-09-10T12:00", text) for text in (f"a {term}.", f"({term})", term.upper())}
    for text in (f"x{term}", f"{term}s"):
        board.add("bo", "2026-09-10T12:00", text)
    assert set(records(await collect(SOURCE.fetch(job(board, terms=(term,)))), "items")) == wanted


async def test_a_term_is_found_in_escaped_text(board: FakeBoard, job: Make) -> None:
    wanted = board.add("ada", "2026-09-10T12:00", "I like Tide &amp; Time")
    assert set(records(await collect(SOURCE.fetch(job(board, terms=("tide & time",)))), "items")) == {wanted}


async def test_more_hits_than_are_shown_are_searched_for_in_parts(board: FakeBoard, job: Make) -> None:
    start = datetime(2026, 9, 10, tzinfo=UTC)
    wanted = {board.add("ada", (start + timedelta(minutes=number)).isoformat()[:16], "tidewell") for number in range(2_500)}
    pages = await collect(SOURCE.fetch(job(board, terms=("tidewell",))))
    assert set(records(pages, "items")) == wanted
    assert len(board.paths("search")) > 3


async def test_a_second_with_too_many_hits_is_told(board: FakeBoard, job: Make) -> None:
    for _ in range(1_001):
        board.add("ada", "2026-09-10T12:00", "tidewell")
    pages = await collect(SOURCE.fetch(job(board, terms=("tidewell",))))
    assert "only 1000 of 1001 hits" in notes(pages)
    assert len(board.paths("search")) < 50


async def test_the_next_night_looks_two_days_back_for_late_hits(board: FakeBoard, job: Make) -> None:
    early = board.add("ada", "2026-09-10T12:00", "tidewell")
    late = board.add("bo", "2026-09-29T12:00", "tidewell")
    board.unindexed = {late}
    first = await collect(SOURCE.fetch(job(board, terms=("tidewell",))))
    assert set(records(first, "items")) == {early}
    board.unindexed = set()
    new = board.add("cy", "2026-10-01T12:00", "tidewell")
    old = board.add("cy", "2026-09-20T12:00", "fernway")
    board.asked.clear()
    second = await collect(SOURCE.fetch(job(board, terms=("tidewell", "fernway"), window=NEXT, cursor=cursor(first))))
    assert set(records(second, "items")) == {late, new, old}, "the new term is read back over limits.history_days"
    assert "created_at_i>=1790640000," in board.asked[0].url.params["numericFilters"]


async def test_young_items_are_observed_again_with_their_new_replies(board: FakeBoard, job: Make) -> None:
    story = board.add("ada", "2026-09-10T12:00", title="Tidewell", score=1)
    deleted, dead, missing = (board.add(name, "2026-09-10T13:00", "no", story) for name in ("bo", "cy", "dee"))
    first = await collect(SOURCE.fetch(job(board, terms=("tidewell",))))
    board.items[story] |= {"score": 50}
    reply = board.add("eve", "2026-10-01T09:00", "late reply", story)
    board.items[deleted] = {
        "deleted": True,
        "id": int(deleted),
        "parent": int(story),
        "time": board.items[deleted]["time"],
        "type": "comment",
    }
    board.items[dead] |= {"dead": True, "text": "[flagged]"}
    below = board.add("fay", "2026-10-01T10:00", "to the dead", dead)
    board.items[missing] = None
    board.unindexed = {story}
    board.asked.clear()
    second = await collect(SOURCE.fetch(job(board, terms=(), window=NEXT, cursor=cursor(first), young=young(first, "items"))))
    assert records(second, "items")[story].payload["score"] == 50
    assert set(records(second, "items")) == {story, reply, below}
    assert set(tombstones(second)) == {Tombstone("items", deleted), Tombstone("items", dead, "hidden"), Tombstone("items", missing)}
    assert len(board.paths("/item/")) == 6
    assert set(records(second, "users")) == {"ada", "eve", "fay"}


async def test_a_reply_that_is_not_there_yet_is_no_tombstone(board: FakeBoard, job: Make) -> None:
    story = board.add("ada", "2026-09-10T12:00", title="Tidewell")
    board.items[story]["kids"] = [4_000_000]
    pages = await collect(SOURCE.fetch(job(board, terms=("tidewell",))))
    assert not tombstones(pages)
    assert "1 items that others name were not there" in notes(pages)


async def test_an_account_is_followed_back_to_the_window_start(board: FakeBoard, job: Make) -> None:
    for day in range(1, 31):
        for hour in range(4):
            board.add("ada", f"2026-07-{day:02}T{hour:02}:00")
    wanted = {board.add("ada", f"2026-09-{day:02}T12:00") for day in range(1, 31)}
    wanted.add(board.add("bo", "2026-09-20T12:00", "a reply", min(wanted)))
    board.add("ada", "2026-10-01T12:00")
    pages = await collect(SOURCE.fetch(job(board, accounts=("ada", "Ada"), terms=())))
    assert set(records(pages, "items")) == wanted
    assert len(board.paths("/item/")) == 41, "one batch, and the reply"
    assert "no account 'Ada'" in notes(pages)
    assert set(records(pages, "users")) == {"ada", "bo"}
    again = board.add("ada", "2026-10-01T13:00")
    second = await collect(SOURCE.fetch(job(board, accounts=("ada",), terms=(), window=NEXT, cursor=cursor(pages))))
    assert {number for number in records(second, "items") if board.items[number]["time"] >= WINDOW.end.timestamp()} == {
        again,
        str(int(again) - 1),
    }
    assert len(records(second, "items")) == 4, "those of two days before as well"


async def test_an_item_is_asked_for_once_however_it_is_found(board: FakeBoard, job: Make) -> None:
    found = board.add("ada", "2026-09-30T12:00", "tidewell")
    old = board.add("bo", "2026-09-05T12:00", "young still")
    first = await collect(SOURCE.fetch(job(board, terms=("tidewell",), accounts=("ada", "bo"))))
    assert set(records(first, "items")) == {found, old}
    board.items[old]["score"] = 9
    board.asked.clear()
    night = job(board, terms=("tidewell",), accounts=("ada", "bo"), window=NEXT, cursor=cursor(first), young=young(first, "items"))
    second = await collect(SOURCE.fetch(night))
    assert records(second, "items")[old].payload["score"] == 9
    assert sorted(board.paths("/v0/")) == [*(f"/v0/item/{number}.json" for number in (found, old)), "/v0/user/ada.json", "/v0/user/bo.json"]


async def test_a_tree_is_bounded_by_max_pages(board: FakeBoard, job: Make) -> None:
    story = board.add("ada", "2026-09-10T12:00", title="Tidewell")
    for minute in range(100):
        board.add("bo", "2026-09-10T13:00", str(minute), story)
    board.items[story]["kids"].append(int(story))
    pages = await collect(SOURCE.fetch(job(board, terms=("tidewell",), limits=Limits(requests_per_second=1000, max_pages=2))))
    assert len(records(pages, "items")) == 41
    assert "60 items were left unread: limits.max_pages was reached" in notes(pages)


async def test_one_failing_term_or_item_does_not_lose_the_others(board: FakeBoard, job: Make) -> None:
    good, bad = (board.add("ada", "2026-09-10T12:00", "tidewell") for _ in range(2))
    board.broken[f"/v0/item/{bad}.json"] = httpx.Response(403, text="no")
    pages = await collect(SOURCE.fetch(job(board, terms=("tidewell",))))
    assert set(records(pages, "items")) == {good}
    assert "1 items or users could not be read, the first:" in notes(pages)

    def fails_for_fernway(request: httpx.Request) -> httpx.Response:
        is_fernway = "fernway" in str(request.url)
        return httpx.Response(400, json={"message": "bad filter"}) if is_fernway else board(request)

    pages, failure = await until_failure(SOURCE.fetch(job(fails_for_fernway, terms=("fernway", "tidewell"))))
    assert failure.startswith("Not read: fernway. ")
    assert "bad filter" in failure
    assert set(records(pages, "items")) == {good}


@pytest.mark.parametrize("body", ["<html>blocked</html>", "[]", '{"message": "quota"}', '{"hits": [3]}', '{"hits": [{"objectID": 7}]}'])
async def test_answers_that_are_no_search(board: FakeBoard, job: Make, body: str) -> None:
    board.broken["/api/v1/search_by_date"] = httpx.Response(200, text=body)
    with pytest.raises(SourceError, match="Not read: tidewell"):
        await collect(SOURCE.fetch(job(board, terms=("tidewell",))))


async def test_items_and_users_that_are_none_are_rejected_with_a_reason(board: FakeBoard, job: Make) -> None:
    story = board.add("ada", "2026-09-10T12:00", title="Tidewell")
    odd: list[Any] = ["text", 5, [], {}, {"id": 1}, {"error": "x"}]
    numbers = [board.add("bo", "2026-09-10T13:00", "", story) for _ in odd]
    for number, item in zip(numbers, odd, strict=True):
        board.items[number] = item
    board.items[story]["kids"] += ["../user/ada", None, {}, 2.5]
    times: Mapping[str, Any] = {"none": None, "text": "12", "ancient": -62_135_596_800, "distant": 253_402_300_799, "huge": 10**30}
    undated = {board.add(name, "2026-09-10T13:00", "", story, kids="no"): time for name, time in times.items()}
    for number, time in undated.items():
        board.items[number]["time"] = time
    board.users["none"] = {"id": "another"}
    board.unindexed = set(board.items) - {story}
    pages = await collect(SOURCE.fetch(job(board, terms=("tidewell",))))
    assert set(records(pages, "items")) == {story, *undated}
    assert {number for number, record in records(pages, "items").items() if record.published_at} == {story}
    rejected = [rejected for page in pages for rejected in page.rejected]
    assert [(one.entity, one.payload) for one in rejected] == [*(("items", item) for item in odd), ("users", {"id": "another"})]
    assert "../" not in "".join(board.paths("/"))


async def test_check_names_the_newest_item(board: FakeBoard, job: Make) -> None:
    board.add("ada", "2026-09-10T12:00")
    assert await SOURCE.check(job(board)) == "newest item 100"
    assert len(board.asked) == 1


async def test_without_a_base_url_the_two_real_servers_are_asked(extraction: Make) -> None:
    hosts = set()

    def answer(request: httpx.Request) -> httpx.Response:
        hosts.add(f"{request.url.host}{request.url.path}")
        return httpx.Response(200, text='{"hits": [], "nbHits": 0}' if "algolia" in request.url.host else "null")

    await collect(SOURCE.fetch(extraction(SOURCE, answer, terms=("tidewell",), accounts=("ada",))))
    assert hosts == {"hn.algolia.com/api/v1/search_by_date", "hacker-news.firebaseio.com/v0/user/ada.json"}
