"""The wiki's API: as MediaWiki answers, errors with status 200 included."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.sandbox.wiki import Revision, WikiPage
from connectors.sandbox.world import World
from tests.connectors.sandbox.conftest import move

COMMON: dict[str, Any] = {"action": "query", "format": "json", "formatversion": 2}


async def ask(client: httpx.AsyncClient, **params: Any) -> dict[str, Any]:
    answer = await client.get("/wiki/api.php", params={**COMMON, **params})
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


async def ask_all(client: httpx.AsyncClient, **params: Any) -> AsyncIterator[dict[str, Any]]:
    """Every answer, merging the whole continue object into the next request."""
    going_on: dict[str, Any] = {}
    while True:
        document = await ask(client, **params, **going_on)
        yield document["query"]
        if "continue" not in document:
            return
        going_on = document["continue"]


def hidden(world: World) -> tuple[WikiPage, Revision, int]:
    return next(
        (page, revision, revision.hidden_at)
        for page in world.wiki.pages
        for revision in page.revisions
        if revision.hidden_at and revision.hidden_at < world.end and page.deleted_at is None
    )


def deleted(world: World) -> tuple[WikiPage, int]:
    return next((page, page.deleted_at) for page in world.wiki.pages if page.deleted_at)


@pytest.mark.parametrize("direction", ["newer", "older"])
async def test_recent_changes_are_complete_whatever_the_page_size(world: World, serve: Callable[..., Any], direction: str) -> None:
    now = world.start + 15 * 86_400
    expected = {revision.id for page in world.wiki.pages if page.exists(now) for revision in page.seen(now) if revision.at >= world.start}
    span = ("2026-09-01T00:00:00Z", "2026-10-30T00:00:00Z")
    start, end = span if direction == "newer" else span[::-1]
    asked = {"list": "recentchanges", "rctype": "edit|new", "rcdir": direction, "rcstart": start, "rcend": end}
    found = []
    async with serve(now) as client:
        async for query in ask_all(client, **asked, rcprop="ids|timestamp", rclimit=13):
            found += query["recentchanges"]
    assert len(found) == len(expected)
    assert {change["revid"] for change in found} == expected
    times = [change["timestamp"] for change in found]
    assert times == sorted(times, reverse=direction == "older")


async def test_history_of_a_page_is_paged_inside_the_page(world: World, serve: Callable[..., Any]) -> None:
    page = max(world.wiki.pages, key=lambda page: len(page.revisions))
    found: list[int] = []
    async with serve() as client:
        first = await ask(client, prop="revisions", titles=page.title, rvprop="ids", rvlimit=3, rvdir="newer")
        assert "batchcomplete" not in first
        async for query in ask_all(client, prop="revisions", titles=page.title, rvprop="ids", rvlimit=3, rvdir="newer"):
            found += [revision["revid"] for revision in query["pages"][0]["revisions"]]
        error = await ask(client, prop="revisions", titles=f"{page.title}|Kestrel Glide|Ohmline One", rvprop="ids", rvlimit=3)
    assert found == [revision.id for revision in page.revisions]
    assert error["error"]["code"] == "rvmultpages"


async def test_content_comes_in_slots_and_unknown_ids_apart(world: World, serve: Callable[..., Any]) -> None:
    page = next(page for page in world.wiki.pages if page.deleted_at is None)
    revision = page.revisions[0]
    async with serve() as client:
        query = (await ask(client, prop="revisions", revids=f"{revision.id}|999999", rvprop="ids|content|sha1|size", rvslots="main"))[
            "query"
        ]
    assert query["badrevids"] == {"999999": {"revid": 999999, "missing": True}}
    (shown,) = query["pages"][0]["revisions"]
    assert shown["slots"]["main"]["content"] == revision.text
    assert shown["sha1"] == revision.sha1
    assert shown["size"] == len(revision.text.encode())


async def test_a_hidden_revision_keeps_its_place_only(world: World, serve: Callable[..., Any]) -> None:
    _, revision, hidden_at = hidden(world)
    asked = {"prop": "revisions", "revids": revision.id, "rvprop": "ids|user|comment|content|sha1", "rvslots": "main"}
    async with serve(hidden_at - 1) as client:
        before = (await ask(client, **asked))["query"]["pages"][0]["revisions"][0]
        await move(client, hidden_at)
        after = (await ask(client, **asked))["query"]["pages"][0]["revisions"][0]
        log = (await ask(client, list="logevents", letype="delete", leprop="ids|type|details"))["query"]["logevents"]
    assert before["user"] == revision.user
    assert after["slots"]["main"] == {"texthidden": True}
    assert after["userhidden"] is after["commenthidden"] is after["sha1hidden"] is True
    assert not {"user", "comment", "sha1"} & after.keys()
    assert next(event["params"]["ids"] for event in log if event["action"] == "revision") == [revision.id]


async def test_a_deleted_page_is_missing_and_logged(world: World, serve: Callable[..., Any]) -> None:
    page, deleted_at = deleted(world)
    async with serve(deleted_at - 1) as client:
        assert "missing" not in (await ask(client, prop="info", pageids=page.id))["query"]["pages"][0]
        await move(client, deleted_at)
        assert (await ask(client, prop="info", pageids=page.id))["query"]["pages"] == [{"pageid": page.id, "missing": True}]
        assert (await ask(client, prop="info", titles=page.title))["query"]["pages"][0]["missing"] is True
        gone = (await ask(client, prop="revisions", revids=page.revisions[0].id))["query"]
        log = (await ask(client, list="logevents", letype="delete"))["query"]["logevents"]
    assert str(page.revisions[0].id) in gone["badrevids"]
    assert (log[0]["action"], log[0]["logpage"], log[0]["title"]) == ("delete", page.id, page.title)


async def test_search_finds_words_in_text_and_goes_on(serve: Callable[..., Any]) -> None:
    found: list[dict[str, Any]] = []
    async with serve() as client:
        async for query in ask_all(client, list="search", srsearch='"Kestrel Glide"', srnamespace="*", srsort="last_edit_desc", srlimit=2):
            found += query["search"]
            total = query["searchinfo"]["totalhits"]
        nothing = (await ask(client, list="search", srsearch="zzzz"))["query"]
        wrong = await ask(client, list="search", srsearch="x", srsort="luck")
    assert len(found) == total > 2
    assert "Kestrel Glide" in {hit["title"] for hit in found}
    times = [hit["timestamp"] for hit in found]
    assert times == sorted(times, reverse=True)
    assert nothing["search"] == []
    assert wrong["error"]["code"] == "badvalue"


async def test_users_and_their_edits(world: World, serve: Callable[..., Any]) -> None:
    name, (number, _) = next(iter(world.wiki.users.items()))
    async with serve() as client:
        users = (await ask(client, list="users", ususers=f"{name}|Nobody", usprop="editcount|registration|groups"))["query"]["users"]
        edits = (await ask(client, list="usercontribs", ucuser=name, uclimit=500, ucprop="ids|title"))["query"]["usercontribs"]
        none = await ask(client, list="usercontribs", errorformat="plaintext")
    assert users[0]["userid"] == number
    assert users[0]["editcount"] >= len(edits) > 0
    assert users[1] == {"name": "Nobody", "missing": True}
    assert none["errors"][0]["code"] == "missingparam"


async def test_errors_come_with_status_200_and_a_header(serve: Callable[..., Any]) -> None:
    async with serve() as client:
        answer = await client.get("/wiki/api.php", params={**COMMON, "action": "nope"})
        many = await ask(client, prop="info", pageids="|".join(map(str, range(51))))
        clamped = await ask(client, list="recentchanges", rclimit=5000)
        stale = await ask(client, list="recentchanges", rccontinue="20200101000000|1")
    assert answer.status_code == 200
    assert answer.headers["MediaWiki-API-Error"] == answer.json()["error"]["code"] == "badvalue"
    assert many["error"]["code"] == "toomanyvalues"
    assert "may not be over 500" in clamped["warnings"]["rclimit"]["warnings"]
    assert stale["error"]["code"] == "badcontinue"


LISTS = {
    "recentchanges-1.json": {
        "list": "recentchanges",
        "rcprop": "title|ids|user|userid|timestamp|comment|sizes|flags|tags",
        "rcdir": "newer",
    },
    "logevents.json": {"list": "logevents"},
    "usercontribs-bob.json": {"list": "usercontribs", "ucprop": "ids|title|timestamp|comment|size|flags|tags"},
    "search-coffee.json": {"list": "search", "srsearch": "Kestrel"},
    "users.json": {"list": "users", "usprop": "groups|editcount|registration|gender"},
}


@pytest.mark.parametrize("recorded", list(LISTS))
async def test_items_have_the_keys_of_recorded_ones(payloads: Path, world: World, serve: Callable[..., Any], recorded: str) -> None:
    name = next(iter(world.wiki.users))
    asked = {**LISTS[recorded], "ucuser": name, "ususers": name}
    async with serve() as client:
        ours = await ask(client, **asked)
    real = json.loads((payloads / "mediawiki-live" / recorded).read_text())
    key = asked["list"]
    assert real["query"][key][0].keys() - {"sha1"} <= ours["query"][key][0].keys()
