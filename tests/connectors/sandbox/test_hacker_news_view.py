"""The message board's two APIs: as Hacker News' Firebase and Algolia answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.sandbox.posts import Post
from connectors.sandbox.views import hacker_news_search
from connectors.sandbox.world import World
from tests.connectors.sandbox.conftest import move

V0 = "/hacker_news/v0"
SEARCH = "/hacker_news/api/v1/search_by_date"


def items(world: World) -> list[Post]:
    return sorted((post for post in world.posts if post.channel == "board"), key=lambda post: int(post.native_id))


async def item(client: httpx.AsyncClient, post: Post) -> Any:
    return (await client.get(f"{V0}/item/{post.native_id}.json")).json()


async def hits(client: httpx.AsyncClient, **params: Any) -> list[dict[str, Any]]:
    answer = (await client.get(SEARCH, params={"hitsPerPage": 1000, **params})).json()
    assert len(answer["hits"]) == answer["nbHits"]
    found: list[dict[str, Any]] = answer["hits"]
    return found


async def test_missing_and_future_items_are_null(world: World, serve: Callable[..., Any]) -> None:
    last = items(world)[-1]
    async with serve(last.at - 1) as client:
        assert await item(client, last) is None
        assert (await client.get(f"{V0}/item/1.json")).json() is None
        assert (await client.get(f"{V0}/user/nobody.json")).json() is None
        assert (await client.get(f"{V0}/maxitem.json")).json() < int(last.native_id)
        await move(client, last.at)
        assert (await client.get(f"{V0}/maxitem.json")).json() == int(last.native_id)


async def test_a_deleted_item_keeps_its_place_only(world: World, serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    post = next(post for post in items(world) if post.deleted_at is None and post.parent)
    monkeypatch.setattr(post, "deleted_at", post.at + 3_600)
    assert post.deleted_at
    assert post.parent
    async with serve(post.deleted_at - 1) as client:
        assert (await item(client, post))["by"] == world.author(post).board_name
        await move(client, post.deleted_at)
        gone = {"deleted": True, "id": int(post.native_id), "time": post.at, "type": "comment", "parent": int(post.parent.native_id)}
        assert await item(client, post) == gone
        assert post.native_id not in {hit["objectID"] for hit in await hits(client, tags="comment")}
        assert (await client.get(f"/hacker_news/api/v1/items/{post.native_id}")).status_code == 404


async def test_a_flagged_item_is_dead(world: World, serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    post = next(post for post in items(world) if post.deleted_at is None and not post.title)
    monkeypatch.setattr(post, "is_flagged", True)
    async with serve() as client:
        shown = await item(client, post)
    assert shown["dead"] is True
    assert shown["text"] == "[flagged]"


async def test_score_and_descendants_of_a_story_grow(world: World, serve: Callable[..., Any]) -> None:
    story = max((post for post in items(world) if post.title), key=lambda post: len(post.responses) + len(post.replies))
    async with serve(story.at) as client:
        first = await item(client, story)
        await move(client, world.end)
        last = await item(client, story)
    assert (first["score"], first["descendants"]) == (1, 0)
    assert "kids" not in first
    assert last["score"] > 1
    assert last["descendants"] >= len(last["kids"]) > 0


async def test_windows_of_time_split_the_hits_without_loss(world: World, serve: Callable[..., Any]) -> None:
    middle = world.start + 17 * 86_400
    async with serve() as client:
        everything = await hits(client, tags="(story,comment)")
        before = await hits(client, tags="(story,comment)", numericFilters=f"created_at_i<{middle}")
        after = await hits(client, tags="(story,comment)", numericFilters=f"created_at_i>={middle},created_at_i<{world.end}")
        wrong = await client.get(SEARCH, params={"numericFilters": "colour>3"})
    ids = [hit["objectID"] for hit in everything]
    assert ids == [hit["objectID"] for hit in after + before]
    assert len(ids) > len(after) > 0
    assert wrong.status_code == 400


async def test_search_matches_beginnings_of_words_and_phrases(serve: Callable[..., Any]) -> None:
    async with serve() as client:
        prefix = await hits(client, query="kestr", tags="(story,comment)")
        phrase = await hits(client, query='"kestrel glide"', tags="(story,comment)")
        nothing = await hits(client, query="estrel")
    assert len(prefix) >= len(phrase) > 0
    assert all("kestrel glide" in json.dumps(hit).lower().replace("-", " ") for hit in phrase)
    assert nothing == []


async def test_no_query_gives_more_than_its_ceiling(serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hacker_news_search, "CEILING", 30)
    async with serve() as client:
        pages = [
            (await client.get(SEARCH, params={"tags": "(story,comment)", "hitsPerPage": 20, "page": page})).json() for page in range(3)
        ]
    assert [len(page["hits"]) for page in pages] == [20, 10, 0]
    assert pages[0]["nbHits"] > 30
    assert pages[0]["nbPages"] == 2
    assert "message" in pages[2]


async def test_users_and_the_tree_of_a_story(world: World, serve: Callable[..., Any]) -> None:
    story = max((post for post in items(world) if post.title and not post.deleted_at), key=lambda post: len(post.replies))
    name = world.author(story).board_name
    async with serve() as client:
        user = (await client.get(f"{V0}/user/{name}.json")).json()
        tree = (await client.get(f"/hacker_news/api/v1/items/{story.native_id}")).json()
        shown = await item(client, story)
    assert int(story.native_id) in user["submitted"]
    assert user["karma"] >= shown["score"] - 1
    assert {child["parent_id"] for child in tree["children"]} == {int(story.native_id)}
    assert {child["id"] for child in tree["children"]} <= set(shown["kids"])


@pytest.mark.parametrize(("recorded", "is_story"), [("firebase_item_8863.json", True), ("firebase_item_2921983.json", False)])
async def test_items_have_the_keys_of_recorded_ones(
    payloads: Path, world: World, serve: Callable[..., Any], recorded: str, is_story: bool
) -> None:
    real = json.loads((payloads / "hackernews" / recorded).read_text())
    post = next(
        post
        for post in items(world)
        if bool(post.title) == is_story and post.replies and not post.deleted_at and (post.link or not is_story)
    )
    async with serve() as client:
        ours = await item(client, post)
    assert ours.keys() == real.keys()
    assert {key: type(value) for key, value in ours.items()} == {key: type(value) for key, value in real.items()}


async def test_hits_have_the_keys_of_a_recorded_one(payloads: Path, serve: Callable[..., Any]) -> None:
    real = json.loads((payloads / "hackernews" / "algolia_comment_hit.json").read_text())["hits"][0]
    async with serve() as client:
        ours = (await hits(client, tags="comment"))[0]
    assert real.keys() - {"story_url"} <= ours.keys()
