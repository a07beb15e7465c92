"""The Mastodon connector: replies, reblogs and quotes, closed doors, and answers that are none."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from connectors.extraction import Extraction
from connectors.microblogs.mastodon.source import SOURCE
from connectors.source import Page, SourceError, Tombstone, Window
from tests.conftest import WINDOW, collect
from tests.connectors.microblogs.mastodon.fake_mastodon import HOST, FakeMastodon, ids, job_on
from tests.connectors.reading import cursor, notes, records, tombstones, until_failure, young

Make = Callable[..., Extraction]
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))
GUEST = {"local": "authenticated", "remote": "authenticated"}


@pytest.fixture
def server() -> FakeMastodon:
    return FakeMastodon()


@pytest.fixture
def job(extraction: Make) -> Make:
    return partial(job_on, extraction)


async def test_replies_and_reblogs_are_listed_only_when_their_counts_move(server: FakeMastodon, job: Make) -> None:
    post = server.post("ada", "2026-09-10T12:00", "brew")
    reply = server.post("bo", "2026-09-10T13:00", in_reply_to_id=post["id"])
    answer = server.post("cy", "2026-09-10T14:00", in_reply_to_id=reply["id"])
    server.reblogs = {post["id"]: [f"fan{number}" for number in range(90)], reply["id"]: ["ada"]}
    first = await collect(SOURCE.fetch(job(server, tags=("brew",))))
    assert ids(first) == {post["id"], reply["id"], answer["id"]}
    assert len(records(first, "reblogs")) == 91
    reblog = records(first, "reblogs")[f"{reply['uri']} {HOST}/users/ada"]
    assert reblog.payload == {
        "status_uri": reply["uri"],
        "account": {"id": "900", "uri": f"{HOST}/users/ada", "acct": "ada"},
        "instance": HOST,
    }
    assert [path for path in server.paths() if path.endswith("/context")] == [f"/api/v1/statuses/{post['id']}/context"]
    assert [path.split("/")[-2] for path in server.paths() if path.endswith("/reblogged_by")] == [post["id"], post["id"], reply["id"]]

    def again(window: Window, *before: Page) -> Extraction:
        return job(server, tags=("brew",), window=window, cursor=cursor(before), young=young(before, "statuses"))

    server.asked.clear()
    second = await collect(SOURCE.fetch(again(NEXT, *first)))
    assert server.paths() == ["/api/v2/instance", "/api/v1/timelines/tag/brew", "/api/v1/statuses"], "nothing has moved"
    late = server.post("dee", "2026-10-02T09:00", in_reply_to_id=answer["id"])
    server.asked.clear()
    third = await collect(SOURCE.fetch(again(Window(NEXT.end, NEXT.end + timedelta(days=1)), *first, *second)))
    assert late["id"] in ids(third)
    assert server.paths()[3:] == [f"/api/v1/statuses/{answer['id']}/context"]


async def test_a_thread_that_is_cut_for_guests_is_asked_for_further_down(server: FakeMastodon, job: Make) -> None:
    parent = server.post("ada", "2026-09-10T12:00", "brew")
    for minute in range(130):
        parent = server.post("bo", f"2026-09-11T{minute // 60:02}:{minute % 60:02}", in_reply_to_id=parent["id"])
    pages = await collect(SOURCE.fetch(job(server, tags=("brew",))))
    assert len(ids(pages)) == 131
    server.asked.clear()
    assert len(ids(await collect(SOURCE.fetch(job(server, tags=("brew",), token="any"))))) == 131
    assert len([path for path in server.paths() if path.endswith("/context")]) == 1, "with a token it is not cut"


async def test_a_thread_that_cannot_be_read_is_told_and_asked_for_again(server: FakeMastodon, job: Make) -> None:
    posts = [server.post("ada", f"2026-09-10T12:0{number}", "brew") for number in range(2)]
    for post in posts:
        server.post("bo", "2026-09-10T13:00", in_reply_to_id=post["id"])
    server.broken[f"/api/v1/statuses/{posts[0]['id']}/context"] = httpx.Response(500, text="oh")
    pages = await collect(SOURCE.fetch(job(server, tags=("brew",))))
    assert len(ids(pages)) == 3
    assert "replies or reblogs of 1 statuses could not be read" in notes(pages)
    assert list(cursor(pages)["counts"]) == [posts[1]["id"]]


async def test_what_a_status_reblogs_and_quotes_is_its_own_record(server: FakeMastodon, job: Make) -> None:
    said = server.post("bo", "2026-06-01T12:00")
    quoted = server.post("cy", "2026-06-02T12:00")
    reblog = server.post("ada", "2026-09-10T12:00", reblog=said)
    server.reblogs = {said["id"]: ["ada"], reblog["id"]: ["ada"]}
    quote = server.post("ada", "2026-09-11T12:00", quote={"state": "accepted", "quoted_status": quoted})
    revoked = server.post("ada", "2026-09-12T12:00", quote={"state": "revoked", "quoted_status": None})
    found = records(await collect(SOURCE.fetch(job(server, accounts=("ada",), tags=()))), "statuses")
    assert set(found) == {status["uri"] for status in (said, quoted, reblog, quote, revoked)}
    bo, cy = ({"id": number, "uri": f"{HOST}/users/{name}", "acct": name} for number, name in (("900", "bo"), ("901", "cy")))
    assert found[reblog["uri"]].payload["reblog"] == {"id": said["id"], "uri": said["uri"], "account": bo}
    quoting = found[quote["uri"]].payload["quote"]
    assert quoting == {"state": "accepted", "quoted_status": {"id": quoted["id"], "uri": quoted["uri"], "account": cy}}
    assert found[revoked["uri"]].payload["quote"] == {"state": "revoked", "quoted_status": None}
    assert not [path for path in server.paths() if path.endswith("/reblogged_by")], "neither of a reblog, nor of what is older than young"


async def test_an_account_behind_a_linked_page_is_its_own_record(server: FakeMastodon, job: Make) -> None:
    authors = [{"name": "Cy", "account": server.person("cy")}, {"name": "Dee", "account": None}, "?"]
    post = server.post("ada", "2026-09-10T12:00", "brew", card={"url": "https://blog.test", "authors": authors})
    pages = await collect(SOURCE.fetch(job(server, tags=("brew",))))
    cy = {"id": "900", "uri": f"{HOST}/users/cy", "acct": "cy"}
    card = {"url": "https://blog.test", "authors": [{"name": "Cy", "account": cy}, {"name": "Dee", "account": None}, "?"]}
    assert records(pages, "statuses")[post["uri"]].payload["card"] == card
    assert set(records(pages, "accounts")) == {f"{HOST}/users/ada", f"{HOST}/users/cy"}


async def test_people_who_do_not_want_to_be_indexed_are_left_out_and_counted(server: FakeMastodon, job: Make) -> None:
    server.person("hidden", noindex=True)
    server.person("unsearched", noindex=False, indexable=False)
    server.post("hidden", "2026-09-10T12:00", "brew")
    kept = server.post("unsearched", "2026-09-10T13:00", "brew")
    server.post("ada", "2026-09-10T14:00", "brew", visibility="private")
    server.reblogs[kept["id"]] = ["hidden", "ada"]
    pages = await collect(SOURCE.fetch(job(server, tags=("brew",))))
    assert ids(pages) == {kept["id"]}
    assert set(records(pages, "accounts")) == {f"{HOST}/users/unsearched", f"{HOST}/users/ada"}
    assert len(records(pages, "reblogs")) == 1
    assert "left out, because their people ask not to be indexed: 2" in notes(pages)
    assert "left out, because they are not public: 1" in notes(pages)


async def test_a_suspended_account_is_a_tombstone(server: FakeMastodon, job: Make) -> None:
    server.person("gone", suspended=True)
    pages = await collect(SOURCE.fetch(job(server, accounts=("gone",), tags=())))
    assert tombstones(pages) == [Tombstone("accounts", f"{HOST}/users/gone", "suspended")]
    assert server.paths() == ["/api/v2/instance", "/api/v1/accounts/lookup"]


async def test_terms_are_searched_with_a_token_only(server: FakeMastodon, job: Make) -> None:
    server.token = "letmein"
    found = {server.post("ada", f"2026-09-10T12:{minute:02}", content="<p>Tidewell!</p>")["id"] for minute in range(50)}
    server.post("ada", "2026-08-10T12:00", content="<p>Tidewell before</p>")
    with_token = await collect(SOURCE.fetch(job(server, terms=("tidewell",), tags=("brew",), token="letmein")))
    assert ids(with_token) == found
    searches = [request for request in server.asked if request.url.path.endswith("/search")]
    assert [request.url.params.get("offset") for request in searches] == [None, "40"]
    assert {request.headers["authorization"] for request in server.asked} == {"Bearer letmein"}
    new = server.post("ada", "2026-10-01T12:00", content="<p>Tidewell again</p>")
    night = job(server, terms=("tidewell",), tags=("brew",), token="letmein", window=NEXT, cursor=cursor(with_token))
    assert ids(await collect(SOURCE.fetch(night))) == {new["id"], max(found)}, "back to the newest of the last night"
    guest = await collect(SOURCE.fetch(job(server, terms=("tidewell",), tags=("brew",))))
    assert not ids(guest)
    assert "terms are not searched for" in notes(guest)
    assert not notes(await collect(SOURCE.fetch(job(server, terms=("tidewell",), tags=("brew",), window=NEXT, cursor=cursor(guest)))))


async def test_a_token_that_is_not_accepted(server: FakeMastodon, job: Make) -> None:
    server.token = "letmein"
    with pytest.raises(SourceError, match="token is not accepted: check the environment variable named under secrets") as raised:
        await collect(SOURCE.fetch(job(server, tags=("brew",), token="stale-secret")))
    assert "stale-secret" not in str(raised.value)


async def test_closed_hashtags(job: Make) -> None:
    closed = FakeMastodon(access=GUEST)
    with pytest.raises(SourceError, match="leaves nothing to read"):
        await collect(SOURCE.fetch(job(closed, tags=("brew",))))
    closed.post("ada", "2026-09-10T12:00", "brew")
    beside = await collect(SOURCE.fetch(job(closed, tags=("brew",), accounts=("ada",))))
    assert len(ids(beside)) == 1
    assert "hashtags are closed for local and remote statuses: that needs a token" in notes(beside)
    assert not [path for path in closed.paths() if "/tag/" in path]
    assert len(ids(await collect(SOURCE.fetch(job(closed, tags=("brew",), token="any"))))) == 1


@pytest.mark.parametrize("status", [401, 403, 422])
async def test_a_door_that_is_closed_without_saying_so_before(server: FakeMastodon, job: Make, status: int) -> None:
    server.broken["/api/v1/timelines/tag/brew"] = httpx.Response(status, json={"error": "This method requires an authenticated user"})
    with pytest.raises(SourceError, match=r"requires an authenticated user.*name a token under secrets"):
        await collect(SOURCE.fetch(job(server, tags=("brew",))))


@pytest.mark.parametrize(
    ("body", "reason"),
    [("<html>busy</html>", "looks like HTML"), ('{"statuses": 3}', "not a list of statuses"), ('[{"id": "1"', "not one JSON document")],
)
async def test_answers_that_are_no_timeline(server: FakeMastodon, job: Make, body: str, reason: str) -> None:
    server.broken["/api/v1/timelines/tag/brew"] = httpx.Response(200, text=body)
    pages, failure = await until_failure(SOURCE.fetch(job(server, tags=("brew",))))
    assert reason in failure
    assert not ids(pages)


async def test_items_that_are_no_statuses_are_rejected_with_a_reason(server: FakeMastodon, job: Make) -> None:
    good = server.post("ada", "2026-09-10T12:00", "brew", content="\U0001f375 \u05e9\u05dc\u05d5\u05dd\u200f")
    bad: list[Any] = [None, 7, "text", [], {}, {"id": "5", "uri": 5, "account": {}}, {"id": "6", "uri": "u:6", "account": []}]
    odd = {"uri": "u:7", "account": {"url": "u:ada", "id": 3}, "replies_count": "many", "reblogs_count": None, "created_at": 12}
    ancient, distant = ({**odd, "id": year, "uri": f"u:{year}", "created_at": f"{year}-01-01T00:00:00Z"} for year in ("0001", "9999"))
    body = [good, *bad, {**odd, "id": 17}, ancient, distant, {**odd, "uri": "u:8", "reblog": "no"}, good]
    server.broken["/api/v1/timelines/tag/brew"] = httpx.Response(200, json=body)
    pages = await collect(SOURCE.fetch(job(server, tags=("brew",))))
    found = records(pages, "statuses")
    assert set(found) == {good["uri"], "u:7", "u:0001", "u:9999", "u:8"}
    assert {uri for uri, record in found.items() if record.published_at} == {good["uri"]}
    assert found["u:7"].lookup_key == "17"
    assert found["u:0001"].payload["created_at"] == "0001-01-01T00:00:00Z"
    reasons = [rejected.reason.split(": ", 1)[1] for rejected in pages[0].rejected]
    assert sorted(reasons[:-1]) == sorted(
        [
            *(f"not a status but {kind}" for kind in ("NoneType", "int", "str", "list")),
            *["a status without a uri"] * 2,
            "a status without an account",
        ]
    )
    assert reasons[-1] == "not a status but str"


async def test_a_time_without_a_zone_is_utc(server: FakeMastodon, job: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        post = server.post("ada", "2026-09-10T12:00", "brew") | {"created_at": "2026-09-10T12:00:00"}
        server.statuses[post["id"]] = post
        found = records(await collect(SOURCE.fetch(job(server, tags=("brew",)))), "statuses")
        assert found[post["uri"]].published_at == datetime(2026, 9, 10, 12, tzinfo=UTC)
    finally:
        monkeypatch.undo()
        time.tzset()


async def test_check_names_the_instance(server: FakeMastodon, job: Make) -> None:
    assert await SOURCE.check(job(server)) == "Murmur, version 4.4.2"
    assert server.paths() == ["/api/v2/instance"]
    server.broken["/api/v2/instance"] = httpx.Response(200, json=["no instance"])
    with pytest.raises(SourceError, match=r"is https://murmur\.test a Mastodon server"):
        await SOURCE.check(job(server))


async def test_check_says_whether_the_token_is_taken(server: FakeMastodon, job: Make) -> None:
    server.token = "letmein"
    assert await SOURCE.check(job(server, token="letmein")) == "Murmur, version 4.4.2; token accepted"
    for token in ("letmein", "stale-secret"):  # a server that knows no tokens of apps
        server.broken["/api/v1/apps/verify_credentials"] = httpx.Response(404)
        if token == server.token:
            assert (await SOURCE.check(job(server, token=token))).endswith("; token accepted")
        else:
            with pytest.raises(SourceError, match="token is not accepted"):
                await SOURCE.check(job(server, token=token))
