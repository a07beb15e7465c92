"""The Threads connector: the search and its budget, public accounts, the own account, and what is asked for again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.social_networks.threads import SOURCE
from connectors.source import SourceError, Tombstone, Window
from tests.conftest import WINDOW, collect
from tests.connectors.reading import cursor, notes, records, tombstones, until_failure, young
from tests.connectors.social_networks.fake_graph import FORBIDDEN, TOKEN, FakeGraph, error

Make = Callable[..., Extraction]
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))


class FakeThreads(FakeGraph):
    """The own account "me", public accounts by username, and a search over all posts."""

    def __init__(self) -> None:
        super().__init__("/v1.0", "timestamp")
        self.objects["me"] = {"id": "1", "username": "groundswell", "name": "Groundswell", "threads_biography": "we listen"}
        self.lists |= {f"me/{edge}": [] for edge in ("threads", "replies", "mentions")}
        self.lists["me/threads_insights"] = [{"name": "followers_count", "total_value": {"value": 44}}]
        self.profiles: dict[str, Any] = {}
        self.everything: list[Any] = []
        self.size = 100

    def post(self, by: str, at: str, message: str = "hello", **more: Any) -> str:
        post_id = str(1000 + len(self.everything))
        post = {"id": post_id, "username": by, "text": message, "timestamp": f"{at}:00+0000", "has_replies": False, **more}
        self.everything.insert(0, post)
        if by == "groundswell":
            self.objects[post_id] = post
            self.lists["me/threads"].insert(0, post)
            self.lists |= {f"{post_id}/conversation": []}
            self.lists[f"{post_id}/insights"] = [{"name": "views", "values": [{"value": 90}]}, {"name": "likes", "values": [{"value": 4}]}]
        else:
            self.profiles.setdefault(by, {"username": by, "follower_count": 2000})
        return post_id

    def __call__(self, request: httpx.Request) -> httpx.Response:
        query, path = request.url.params, request.url.path.removeprefix("/v1.0/")
        if path in self.answers or path not in {"keyword_search", "profile_posts", "profile_lookup"}:
            return super().__call__(request)
        self.asked.append(request)
        assert query["access_token"] == TOKEN
        if path == "keyword_search":
            mark = f"#{query['q']}" if query["search_mode"] == "TAG" else query["q"]
            self.lists[path] = [post for post in self.everything if mark in post["text"]]
            return self.listed(path, query)
        name = query["username"]
        if name not in self.profiles:
            return error({"code": 24, "message": "no public profile"})
        if path == "profile_lookup":
            return httpx.Response(200, json=self.profiles[name])
        self.lists[path] = [post for post in self.everything if post["username"] == name]
        return self.listed(path, query)

    def searched(self) -> list[str]:
        return [request.url.params["q"] for request in self.asked if request.url.path.endswith("keyword_search")]


@pytest.fixture
def fake() -> FakeThreads:
    return FakeThreads()


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(fake: Callable[[httpx.Request], httpx.Response], **settings: Any) -> Extraction:
        limits = settings.pop("limits", Limits(requests_per_second=1000, attempts=2))
        chosen: dict[str, Any] = {"terms": (), "tags": (), "secret_values": {"token": SecretStr(TOKEN)}, **settings}
        return extraction(SOURCE, fake, limits=limits, **chosen)

    return make


async def test_terms_and_tags_find_posts_and_their_authors(fake: FakeThreads, job: Make) -> None:
    wanted = {fake.post("ada", f"2026-09-{day:02}T{hour:02}:00", "tidewell") for day in range(1, 31) for hour in range(5)}
    tagged = fake.post("bo", "2026-09-12T12:00", "#brew")
    fake.post("bo", "2026-09-12T12:00", "brew")
    for outside in ("2026-08-31T23:59", "2026-10-01T00:00"):
        fake.post("ada", outside, "tidewell")
    del fake.profiles["bo"]
    pages = await collect(SOURCE.fetch(job(fake, terms=("tidewell",), tags=("#brew",))))
    posts = records(pages, "posts")
    assert set(posts) == wanted | {tagged}
    assert posts[tagged].published_at == datetime(2026, 9, 12, 12, tzinfo=UTC)
    assert posts[tagged].lookup_key is None
    accounts = {key: record.payload for key, record in records(pages, "accounts").items()}
    assert accounts["ada"] == {"username": "ada", "follower_count": 2000}
    assert accounts["bo"] == {"username": "bo"}
    assert "1 authors show no profile" in notes(pages)
    assert fake.searched() == ["tidewell", "tidewell", "brew"]
    fake.asked.clear()
    await collect(SOURCE.fetch(job(fake, terms=("tidewell",), window=NEXT, cursor=cursor(pages))))
    assert fake.asked[1].url.params["since"] == str(int((WINDOW.end - timedelta(days=3)).timestamp()))


async def test_a_public_account(fake: FakeThreads, job: Make) -> None:
    wanted = {fake.post("ada", f"2026-09-{day:02}T12:00") for day in range(1, 31)}
    fake.post("ada", "2026-10-01T00:00")
    pages = await collect(SOURCE.fetch(job(fake, accounts=("@ada",))))
    assert set(records(pages, "posts")) == wanted
    assert set(records(pages, "accounts")) == {"groundswell", "ada"}
    assert fake.paths() == ["me", "profile_lookup", "profile_posts"]
    assert set(cursor(pages)["until"]) == {"@ada"}


async def test_the_own_account_has_counts_replies_and_mentions(fake: FakeThreads, job: Make) -> None:
    own = fake.post("groundswell", "2026-09-12T12:00", has_replies=True)
    quiet = fake.post("groundswell", "2026-09-13T12:00")
    reply = {"id": "7", "username": "ada", "text": "yes", "timestamp": "2026-09-12T13:00:00+0000", "replied_to": {"id": own}}
    late = {"id": "8", "username": "cy", "timestamp": "2026-10-01T13:00:00+0000"}
    fake.lists[f"{own}/conversation"] = [late, reply]
    fake.lists["me/mentions"] = [{"id": "9", "username": "bo", "text": "@groundswell", "timestamp": "2026-09-14T12:00:00+0000"}]
    first = await collect(SOURCE.fetch(job(fake, accounts=("me",), terms=("hello",))))
    posts = records(first, "posts")
    assert set(posts) == {own, quiet, "7", "9"}
    assert posts[own].payload["insights"] == {"views": 90, "likes": 4}
    assert posts[own].lookup_key == own
    assert records(first, "accounts")["groundswell"].payload["insights"] == {"followers_count": 44}
    assert set(records(first, "accounts")) == {"groundswell", "ada", "bo"}
    assert [path for path in fake.paths() if path.endswith("conversation")] == [f"{own}/conversation"]
    assert "the search shows own posts alone" in notes(first)
    fake.objects[own]["text"] = "edited"
    del fake.objects[quiet]
    fake.lists["me/threads"] = []
    second = await collect(SOURCE.fetch(job(fake, accounts=("me",), window=NEXT, cursor=cursor(first), young=young(first, "posts"))))
    assert set(records(second, "posts")) == {own, "7", "8"}
    assert records(second, "posts")[own].payload["text"] == "edited"
    assert records(second, "posts")[own].payload["insights"] == {"views": 90, "likes": 4}
    assert tombstones(second) == [Tombstone("posts", quiet)]


async def test_the_budget_of_searches(fake: FakeThreads, job: Make) -> None:
    for minute in range(120):
        fake.post("ada", f"2026-09-12T{minute // 60:02}:{minute % 60:02}", "tidewell")
    limits = Limits(requests_per_second=1000, budget=1)
    first = await collect(SOURCE.fetch(job(fake, terms=("tidewell", "fernway"), limits=limits)))
    assert len(records(first, "posts")) == 100
    assert "limits.budget was spent on 1 searches; not searched to the end: tidewell, fernway" in notes(first)
    assert cursor(first)["until"] == {}
    limits = Limits(requests_per_second=1000, budget=2)
    second = await collect(SOURCE.fetch(job(fake, terms=("fernway", "brew", "tidewell"), limits=limits, window=NEXT)))
    third = await collect(SOURCE.fetch(job(fake, terms=("fernway", "brew", "tidewell"), limits=limits, cursor=cursor(second), window=NEXT)))
    assert set(cursor(second)["until"]) == {"fernway", "brew"}
    assert set(cursor(third)["until"]) == {"fernway", "brew", "tidewell"}, "who waited comes first"


async def test_without_the_permissions_what_is_open_is_read(fake: FakeThreads, job: Make) -> None:
    own = fake.post("groundswell", "2026-09-12T12:00", has_replies=True)
    closed = ("me/replies", "me/mentions", "me/threads_insights", f"{own}/insights", f"{own}/conversation", "keyword_search")
    fake.answers = {path: error(FORBIDDEN) for path in closed}
    pages = await collect(SOURCE.fetch(job(fake, accounts=("me",), terms=("a", "b"))))
    assert set(records(pages, "posts")) == {own}
    for told in ("insights were", "own replies were", "mentions were", "replies to own posts were", "what the search shows was"):
        assert notes(pages).count(f"{told} not read: ") == 1
    assert fake.paths().count("keyword_search") == 1


async def test_profiles_are_looked_up_as_far_as_they_may(fake: FakeThreads, job: Make) -> None:
    for number in range(510):
        fake.post(f"user{number}", "2026-09-12T12:00", "tidewell")
    pages = await collect(SOURCE.fetch(job(fake, terms=("tidewell",))))
    assert fake.paths().count("profile_lookup") == 500
    assert "10 authors were not looked up" in notes(pages)
    assert len(records(pages, "accounts")) == 511
    fake.answers["profile_lookup"] = error(FORBIDDEN)
    fake.asked.clear()
    pages = await collect(SOURCE.fetch(job(fake, terms=("tidewell",))))
    assert fake.paths().count("profile_lookup") == 1
    assert "the profiles of authors were not read: " in notes(pages)
    fake.answers["profile_lookup"] = error({"code": 190})
    with pytest.raises(SourceError, match="does not accept the token"):
        await collect(SOURCE.fetch(job(fake, terms=("tidewell",))))


async def test_one_failing_account_does_not_lose_the_others(fake: FakeThreads, job: Make) -> None:
    wanted = fake.post("ada", "2026-09-12T12:00")
    pages, failure = await until_failure(SOURCE.fetch(job(fake, accounts=("private", "ada"))))
    assert set(records(pages, "posts")) == {wanted}
    assert failure.startswith("Not read: @private: ")
    assert "no public profile" in failure
    assert TOKEN not in failure


async def test_hostile_items(fake: FakeThreads, job: Make) -> None:
    odd: list[Any] = [None, "x", 5, [], {}, {"id": 5}]
    shapes: list[dict[str, Any]] = [{"timestamp": 5, "username": []}, {"username": "groundswell", "has_replies": "x", "text": {}}]
    fake.lists["me/threads"] = [*odd, *({"id": str(number), **shape} for number, shape in enumerate(shapes))]
    fake.lists |= {"1/insights": [5, {"name": 3}, {"name": "views"}, {"name": "likes", "values": [8]}], "1/conversation": odd}
    pages = await collect(SOURCE.fetch(job(fake, accounts=("me",))))
    assert set(records(pages, "posts")) == {"0", "1"}
    assert records(pages, "posts")["1"].payload["insights"] == {"views": None, "likes": None}
    assert len([one for page in pages for one in page.rejected]) == 2 * len(odd)


async def test_check_names_the_account(fake: FakeThreads, job: Make) -> None:
    assert await SOURCE.check(job(fake)) == "account @groundswell"
    fake.objects["me"] = {"id": "1"}
    with pytest.raises(SourceError, match="scope threads_basic"):
        await SOURCE.check(job(fake))
