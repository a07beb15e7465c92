"""The NodeBB connector on forums that are closed, broken or hostile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.extraction import Extraction
from connectors.message_boards.nodebb.source import SOURCE
from connectors.settings import Limits
from connectors.source import Known, SourceError, Tombstone
from tests.conftest import collect
from tests.connectors.message_boards.nodebb.fake_nodebb import BASE, HOST, FakeForum
from tests.connectors.reading import notes, records, tombstones, until_failure

Make = Callable[..., Extraction]


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(forum: FakeForum, **settings: Any) -> Extraction:
        limits = settings.pop("limits", Limits(requests_per_second=1000, attempts=2))
        return extraction(SOURCE, forum, limits=limits, **{"base_url": BASE, **settings})

    return make


@pytest.fixture(params=[False, True], ids=["today", "old"])
def forum(request: pytest.FixtureRequest) -> FakeForum:
    return FakeForum(is_old=request.param)


def name(pid: int) -> str:
    return f"{HOST}:{pid}"


async def test_profiles_that_are_closed_banned_or_broken(forum: FakeForum, job: Make) -> None:
    tid = forum.open("Ada", "2026-09-10T10:00", "A topic")
    for writer in ("Bo", "Cy", "Dee", "Eve"):
        forum.reply(tid, writer, "2026-09-10T11:00")
    guest = forum.reply(tid, "nobody", "2026-09-10T12:00", uid=0, handle="passer-by")
    forum.user("Bo", banned=1)
    forum.broken["/user/cy"] = httpx.Response(404, text="Not Found")
    forum.broken["/user/dee"] = httpx.Response(200, json={"uid": 1, "username": "not Dee"})
    pages = await collect(SOURCE.fetch(job(forum)))
    users = records(pages, "users")
    assert set(users) == {f"{HOST}:{uid}" for uid in (1, 3, 4, 5)}
    assert tombstones(pages) == [Tombstone("users", f"{HOST}:2", "suspended")]
    assert {uid: "followerCount" in user.payload for uid, user in users.items()} == {
        f"{HOST}:1": True, f"{HOST}:3": False, f"{HOST}:4": False, f"{HOST}:5": True
    }  # fmt: skip
    assert records(pages, "posts")[name(guest)].payload["user"] is None
    assert "1 profiles could not be read, the first: account cy of forum.test is not there" in notes(pages)
    forum.broken = {"/user/ada": httpx.Response(401, json="not-authorized")}
    forum.asked.clear()
    closed = await collect(SOURCE.fetch(job(forum)))
    assert set(records(closed, "users")) == set(users)
    assert forum.paths("/user/") == ["/user/ada"]
    assert "profiles are closed" in notes(closed)


@pytest.mark.parametrize(
    ("answer", "token", "message"),
    [
        (httpx.Response(401, json="not-authorized"), None, "the list of topics of forum.test is not shown to guests: name a token"),
        (httpx.Response(401, json={"status": {"code": "not-authorised"}}), "t0ken", "does not accept the token: check the variable"),
        (
            httpx.Response(403, json={"title": "[[global:403.title]]"}),
            "t0ken",
            "the list of topics of forum.test is not shown to this reader",
        ),
        (httpx.Response(404, text="Not Found"), None, "the list of topics of forum.test is not there: check its name, and that base_url"),
        (httpx.Response(200, text="<html>hi"), None, "api/recent"),
        (httpx.Response(200, json=[]), None, "is no object: is this NodeBB?"),
        (httpx.Response(200, json={"topics": {}}), None, "has no list of topics: is this NodeBB?"),
        (httpx.Response(200, json="/login"), None, "only leads to '/login'"),
        (httpx.Response(503, text="busy"), None, "503"),
        (httpx.Response(429, text="slow"), None, "429"),
    ],
)
async def test_errors_say_what_to_do(forum: FakeForum, job: Make, answer: httpx.Response, token: str | None, message: str) -> None:
    forum.broken["/recent"] = answer
    secrets = {"token": SecretStr(token)} if token else {}
    with pytest.raises(SourceError) as failure:
        await collect(SOURCE.fetch(job(forum, secret_values=secrets)))
    assert message in str(failure.value)
    assert "t0ken" not in str(failure.value)
    if token:
        assert forum.requests[0].headers["authorization"] == "Bearer t0ken"


async def test_one_broken_topic_does_not_lose_the_others(forum: FakeForum, job: Make) -> None:
    good, bad, shut = (forum.open("Ada", "2026-09-10T10:00", title) for title in ("good", "bad", "shut"))
    forum.broken[f"/topic/{bad}"] = httpx.Response(200, text="<html>")
    forum.broken[f"/topic/{shut}"] = httpx.Response(401, json="not-authorized")
    known = [
        Known("posts", name(forum.topics[shut]["mainPid"]), str(shut)),
        Known("posts", name(1), str(shut)),
        Known("posts", name(2), "77"),
    ]
    forum.broken["/v3/posts/1"] = forum.broken["/post/pid/1"] = httpx.Response(401, json="not-authorized")
    pages, failure = await until_failure(SOURCE.fetch(job(forum, young=known)))
    assert set(records(pages, "posts")) == {name(forum.topics[good]["mainPid"])}
    assert failure.startswith(f"Not read: {bad} (")
    assert "1 listed topics could not be opened" in notes(pages)
    assert set(tombstones(pages)) == {
        Tombstone("posts", name(forum.topics[shut]["mainPid"]), "hidden"),
        Tombstone("posts", name(1), "hidden"),
        Tombstone("posts", name(2)),
    }


async def test_hostile_answers(forum: FakeForum, job: Make) -> None:
    odd: list[Any] = [None, 7, "text", [], {}, {"tid": True}, {"tid": "../x"}, {"tid": 0}]
    forum.broken["/recent"] = httpx.Response(
        200,
        json={
            "topics": [*odd, {"tid": 5, "lastposttime": []}, {"tid": 6}, {"tid": 7}, {"tid": 8, "deleted": 1}],
            "pagination": {"pageCount": "x"},
        },
    )
    undated = {"pid": 9, "timestamp": "soon", "user": {"uid": [], "username": 3}, "replies": {"count": {}, "users": 3}, "toPid": ["x"]}
    far = {"pid": 10, "timestamp": 9e300, "user": "Ada", "editor": 5, "uid": 4, "deleted": "no", "replies": []}
    remote = {"pid": "https://elsewhere.example/note/1", "uid": "https://elsewhere.example/ada", "timestamp": 1788300000000}
    forum.broken["/topic/5"] = httpx.Response(
        200, json={"posts": [None, 3, {"pid": None}, undated, far, remote], "category": 5, "tags": {"a": 1}, "pagination": []}
    )
    forum.broken["/topic/6"] = httpx.Response(200, json={"posts": "many", "pagination": {"pageCount": -4}})
    forum.broken["/topic/7"] = httpx.Response(200, json={})
    forum.broken["/categories"] = httpx.Response(200, json={"categories": [3, {"cid": "x", "children": [[]]}, {"cid": 4, "children": 2}]})
    pages = await collect(SOURCE.fetch(job(forum)))
    posts = records(pages, "posts")
    assert set(posts) == {name(9), name(10), remote["pid"]}
    assert posts[name(10)].payload["user"] == f"{HOST}:4"
    assert posts["https://elsewhere.example/note/1"].payload["user"] == "https://elsewhere.example/ada"
    assert [one.payload for page in pages for one in page.rejected] == [*odd, None, 3, {"pid": None}]
    assert not records(pages, "users")
    assert "category 4 of forum.test is not there" in notes(pages)
