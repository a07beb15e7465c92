"""The Pinboard connector: public feeds, the own account, and bookmarks that are gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.bookmarks.pinboard import SOURCE
from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.source import Known, SourceError, Tombstone, Window
from tests.conftest import WINDOW, collect
from tests.connectors.reading import cursor, notes, records, tombstones, until_failure, young

Make = Callable[..., Extraction]
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))
TOKEN = {"token": SecretStr("ada:0123456789ABCDEF")}


def number(user: str, url: str) -> str:
    return f"{user}:{md5(url.encode()).hexdigest()}"


class FakeBoard:
    """Everybody's bookmarks as rows of user, address, time, note, tags and privacy; both servers answer from them."""

    def __init__(self) -> None:
        self.bookmarks: dict[str, dict[str, Any]] = {}
        self.updated = "2026-10-01T01:00:00Z"
        self.broken: dict[str, httpx.Response] = {}
        self.asked: list[httpx.Request] = []

    def add(self, user: str, url: str, at: str, note: str = "", tags: str = "", shared: str = "yes") -> str:
        row = {"user": user, "url": url, "at": f"{at}:00Z", "note": note, "tags": tags, "shared": shared}
        self.bookmarks[number(user, url)] = row
        return number(user, url)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path, params = request.url.path, request.url.params
        if path in self.broken:
            return self.broken[path]
        if request.url.host == "api.pinboard.in":
            if params["auth_token"] != TOKEN["token"].get_secret_value():
                return httpx.Response(401, text="API requires authentication")
            assert params["format"] == "json"
            if path == "/v1/posts/update":
                return httpx.Response(200, json={"update_time": self.updated})
            own = [row for row in self.bookmarks.values() if row["user"] == "ada" and row["at"] >= params["fromdt"]]
            return httpx.Response(200, text="\ufeff" + httpx.Response(200, json=[self.full(row) for row in own]).text)
        kind, _, name = path.removeprefix("/json/").rstrip("/").partition(":")
        rows = [row for row in self.bookmarks.values() if row["shared"] == "yes"]
        found = [row for row in rows if (row["user"] == name if kind == "u" else name in row["tags"].split())]
        newest = sorted(found, key=lambda row: row["at"], reverse=True)[: int(params.get("count", 70))]
        if kind == "recent":
            newest = rows
        return httpx.Response(200, json=[self.short(row) for row in newest])

    @staticmethod
    def full(row: dict[str, Any]) -> dict[str, Any]:
        told = {"href": row["url"], "description": "a title", "extended": row["note"], "time": row["at"], "tags": row["tags"]}
        return {**told, "shared": row["shared"], "toread": "no", "meta": "m", "hash": "h"}

    @staticmethod
    def short(row: dict[str, Any]) -> dict[str, Any]:
        return {"u": row["url"], "d": "a title", "n": row["note"], "dt": row["at"], "a": row["user"], "t": row["tags"].split()}


@pytest.fixture
def board() -> FakeBoard:
    return FakeBoard()


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(board: FakeBoard, **settings: Any) -> Extraction:
        limits = Limits(requests_per_second=1000, attempts=2)
        return extraction(SOURCE, board, limits=limits, **{"tags": (), **settings})

    return make


async def test_users_and_tags_are_read_from_public_feeds(board: FakeBoard, job: Make) -> None:
    bo = board.add("bo", "https://tidewell.example/", "2026-09-10T12:00", "my kettle", "tea kitchen")
    cy = board.add("cy", "https://tidewell.example/", "2026-09-11T12:00", tags="tea")
    board.add("cy", "https://other.example/", "2026-09-11T12:00")
    board.add("bo", "https://private.example/", "2026-09-11T12:00", shared="no")
    for outside in ("2026-08-31T23:59", "2026-10-01T00:00"):
        board.add("bo", f"https://{outside[:7]}.example/", outside)
    pages = await collect(SOURCE.fetch(job(board, accounts=("bo",), tags=("tea", "none"))))
    found = records(pages, "bookmarks")
    assert set(found) == {bo, cy}
    assert found[bo].payload == {**board.short(board.bookmarks[bo]), "user": "bo"}
    assert found[bo].published_at == datetime(2026, 9, 10, 12, tzinfo=UTC)
    assert [str(request.url) for request in board.asked] == [
        f"https://feeds.pinboard.in/json/{name}/?count=400" for name in ("u:bo", "t:tea", "t:none")
    ]


async def test_the_next_night_shows_what_is_new_edited_and_gone(board: FakeBoard, job: Make) -> None:
    kept, gone = (board.add("bo", f"https://{name}.example/", "2026-09-10T12:00") for name in ("kept", "gone"))
    by_tag = board.add("cy", "https://tea.example/", "2026-09-10T12:00", tags="tea")
    first = await collect(SOURCE.fetch(job(board, accounts=("bo",), tags=("tea",))))
    assert {known.native_id for known in young(first, "bookmarks")} == {kept, gone}, "others' lists are not read"
    board.bookmarks[kept]["note"] = "edited"
    del board.bookmarks[gone], board.bookmarks[by_tag]
    new = board.add("bo", "https://new.example/", "2026-10-01T10:00")
    night = job(board, accounts=("bo",), tags=("tea",), window=NEXT, cursor=cursor(first), young=young(first, "bookmarks"))
    second = await collect(SOURCE.fetch(night))
    assert set(records(second, "bookmarks")) == {kept, new}
    assert records(second, "bookmarks")[kept].payload["n"] == "edited"
    assert tombstones(second) == [Tombstone("bookmarks", gone)]
    board.bookmarks.clear()
    third = await collect(SOURCE.fetch(job(board, accounts=("bo",), window=NEXT, cursor=cursor(first), young=young(first, "bookmarks"))))
    assert not tombstones(third), "an empty feed proves nothing"
    assert "u:bo: the feed is empty" in notes(third)


async def test_a_feed_that_is_too_short_says_so_and_buries_nobody(board: FakeBoard, job: Make) -> None:
    old = board.add("bo", "https://old.example/", "2026-09-02T12:00")
    first = await collect(SOURCE.fetch(job(board, accounts=("bo",))))
    assert not notes(first)
    for minute in range(450):
        board.add("bo", f"https://{minute}.example/", f"2026-09-20T{10 + minute // 60}:{minute % 60:02}")
    pages = await collect(SOURCE.fetch(job(board, accounts=("bo",), young=young(first, "bookmarks"))))
    assert len(records(pages, "bookmarks")) == 400
    assert old not in records(pages, "bookmarks")
    assert not tombstones(pages)
    assert "u:bo: the feed shows its newest 400 bookmarks only; older ones since 2026-09-01 are missing" in notes(pages)


async def test_the_own_account_is_read_by_its_token(board: FakeBoard, job: Make) -> None:
    public, later = (board.add("ada", f"https://{name}.example/", "2026-09-10T12:00", "note", "tea cup") for name in ("one", "two"))
    gone = board.add("ada", "https://gone.example/", "2026-09-11T12:00", tags="tea")
    board.add("ada", "https://secret.example/", "2026-09-12T12:00", shared="no")
    settings: dict[str, Any] = {"accounts": ("ada",), "tags": ("tea",), "secret_values": TOKEN}
    first = await collect(SOURCE.fetch(job(board, **settings)))
    assert set(records(first, "bookmarks")) == {public, later, gone}
    assert records(first, "bookmarks")[public].payload == {**board.full(board.bookmarks[public]), "user": "ada"}
    assert "private: 1 bookmarks of ada" in notes(first)
    assert not [request for request in board.asked if "u:ada" in request.url.path], "the token shows what the feed would"
    assert all("0123456789ABCDEF" not in page.url for page in first)
    board.bookmarks[later]["shared"] = "no"
    board.bookmarks[public]["note"] = "edited"
    del board.bookmarks[gone]
    night: dict[str, Any] = {"window": NEXT, "cursor": cursor(first), "young": young(first, "bookmarks"), **settings}
    second = await collect(SOURCE.fetch(job(board, **night)))
    assert set(records(second, "bookmarks")) == {public}
    assert set(tombstones(second)) == {Tombstone("bookmarks", later, "hidden"), Tombstone("bookmarks", gone)}
    board.updated = "2026-09-20T00:00:00Z"
    board.asked.clear()
    third = await collect(SOURCE.fetch(job(board, **night)))
    assert not records(third, "bookmarks")
    assert [request.url.path for request in board.asked] == ["/v1/posts/update", "/json/t:tea/"], "nothing changed since"


async def test_old_bookmarks_are_gone_where_a_whole_list_lacks_them(board: FakeBoard, job: Make) -> None:
    gone, kept, bos = (number(user, f"https://{name}.example/") for user, name in (("ada", "gone"), ("ada", "kept"), ("bo", "old")))
    board.add("ada", "https://kept.example/", "2026-02-01T12:00")
    for minute in range(450):
        board.add("bo", f"https://{minute}.example/", f"2026-09-20T{10 + minute // 60}:{minute % 60:02}")
    due = [Known("bookmarks", native_id, "2026-02-01T12:00:00+00:00", is_old=True) for native_id in (gone, kept, bos)]
    settings: dict[str, Any] = {"accounts": ("bo",), "secret_values": TOKEN, "young": due, "window": NEXT}
    done = {"until": {"own": WINDOW.end.isoformat(), "u:bo": WINDOW.end.isoformat()}}
    pages = await collect(SOURCE.fetch(job(board, cursor=done, **settings)))
    assert tombstones(pages) == [Tombstone("bookmarks", gone)]
    assert kept in records(pages, "bookmarks")
    assert [known.native_id for page in pages for known in page.still] == [bos], "older than what the feed shows"
    board.updated = "2026-09-20T00:00:00Z"
    board.asked.clear()
    pages = await collect(SOURCE.fetch(job(board, cursor=done, **settings)))
    assert tombstones(pages) == []
    assert {known.native_id for page in pages for known in page.still} == {gone, kept, bos}, "nothing changed since"
    assert [request.url.path for request in board.asked] == ["/v1/posts/update", "/json/u:bo/"]


async def test_a_bad_token_is_one_clear_error_without_the_token(board: FakeBoard, job: Make) -> None:
    bo = board.add("bo", "https://a.example/", "2026-09-10T12:00")
    wrong = {"token": SecretStr("ada:WRONG")}
    pages, failure = await until_failure(SOURCE.fetch(job(board, accounts=("bo",), secret_values=wrong)))
    assert failure.startswith("Not read: own (https://api.pinboard.in does not accept the token: it is written user:LETTERS")
    assert "WRONG" not in failure
    assert set(records(pages, "bookmarks")) == {bo}


async def test_too_many_requests_end_the_night(board: FakeBoard, job: Make) -> None:
    board.broken["/json/u:bo/"] = httpx.Response(429, text="slow down")
    with pytest.raises(SourceError, match="answered 429"):
        await collect(SOURCE.fetch(job(board, accounts=("bo", "cy"))))


@pytest.mark.parametrize("body", ["<html>", "{}", '{"posts": 3}', '"text"', '<?xml version="1.0"?><result code="item not found"/>'])
async def test_answers_that_are_no_list(board: FakeBoard, job: Make, body: str) -> None:
    board.broken["/json/u:bo/"] = httpx.Response(200, text=body)
    cy = board.add("cy", "https://a.example/", "2026-09-10T12:00")
    pages, failure = await until_failure(SOURCE.fetch(job(board, accounts=("bo", "cy"))))
    assert failure.startswith("Not read: u:bo (https://feeds.pinboard.in/json/u:bo/")
    assert set(records(pages, "bookmarks")) == {cy}


async def test_hostile_items_are_rejected_with_a_reason(board: FakeBoard, job: Make) -> None:
    odd: list[Any] = [None, 5, [], {}, {"u": 3, "a": "bo"}]
    undated = {"u": "https://a.example/", "a": ["x"], "dt": {"y": 1}, "t": 7, "shared": 5}
    board.broken["/json/u:bo/"] = httpx.Response(200, json=[*odd, undated])
    board.broken["/json/t:tea/"] = httpx.Response(200, json=[undated])
    pages = await collect(SOURCE.fetch(job(board, accounts=("bo",), tags=("tea",))))
    assert set(records(pages, "bookmarks")) == {number("bo", "https://a.example/")}
    assert [one.payload for page in pages for one in page.rejected] == [*odd, undated]


async def test_check(board: FakeBoard, job: Make) -> None:
    board.add("bo", "https://a.example/", "2026-09-10T12:00")
    assert await SOURCE.check(job(board)) == "1 recent bookmarks"
    assert await SOURCE.check(job(board, secret_values=TOKEN)) == "account ada changed at 2026-10-01 01:00:00+00:00"
    board.broken["/v1/posts/update"] = httpx.Response(200, json=[])
    assert await SOURCE.check(job(board, secret_values=TOKEN)) == "account ada changed at no known time"
