"""The microblog's API: as a Mastodon server answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.sandbox.names import account_id
from connectors.sandbox.posts import Post
from connectors.sandbox.world import World
from tests.connectors.sandbox.conftest import move

API = "/mastodon/api/v1"
OF_A_VIEWER = {"favourited", "reblogged", "muted", "bookmarked", "pinned", "application", "feature_approval", "source", "role"}


async def walk(client: httpx.AsyncClient, path: str, *, relation: str = "next", **params: Any) -> list[dict[str, Any]]:
    """All items that the Link headers lead to."""
    items: list[dict[str, Any]] = []
    answer = await client.get(path, params=params)
    while answer.json():
        items += answer.json() if relation == "next" else answer.json()[::-1]
        if relation not in answer.links:
            break
        answer = await client.get(answer.links[relation]["url"])
    return items


def statuses(world: World, wanted: Callable[[Post], bool] = lambda post: True) -> list[Post]:
    return [post for post in world.posts if post.channel == "microblog" and not post.reblogged and wanted(post)]


async def test_both_ways_of_paging_give_every_status_once(world: World, serve: Callable[..., Any]) -> None:
    now = world.start + 20 * 86_400
    tagged = {post.native_id for post in statuses(world, lambda post: "#kestrel" in post.text and post.is_visible(now))}
    async with serve(now) as client:
        backward = [status["id"] for status in await walk(client, f"{API}/timelines/tag/kestrel", limit=7)]
        forward = [status["id"] for status in await walk(client, f"{API}/timelines/tag/Kestrel", relation="prev", limit=7, min_id=0)]
    assert len(backward) > 20
    assert set(backward) == tagged
    assert backward == sorted(backward, key=int, reverse=True)
    assert forward == backward[::-1]


async def test_since_id_gives_the_newest_and_min_id_the_next(serve: Callable[..., Any]) -> None:
    async with serve() as client:
        everything = [status["id"] for status in await walk(client, f"{API}/timelines/public", limit=40)]
        old = everything[-10]
        newest = (await client.get(f"{API}/timelines/public", params={"since_id": old, "limit": 5})).json()
        following = (await client.get(f"{API}/timelines/public", params={"min_id": old, "limit": 5})).json()
    assert [status["id"] for status in newest] == everything[:5]
    assert [status["id"] for status in following] == everything[-15:-10]


async def test_profiles_name_the_sites_and_feeds_of_their_owners_and_fans_name_somebody_elses(
    world: World, serve: Callable[..., Any]
) -> None:
    """A site that links back is verified, a feed never is; of 300 people at 97 each some are fans."""
    feeds = {f"http://pod.test/podcasts/{home.slug}/feed.xml": home for home in world.podcasts.values()}
    of_hosts, of_fans = 0, 0
    async with serve(address="http://pod.test") as client:
        for person in world.residents:
            if not person.handle:
                continue
            account = (await client.get(f"{API}/accounts/{account_id(person)}")).json()
            addresses = {field["value"].split('"')[1]: field["verified_at"] for field in account["fields"]}
            sites = {home.site for home in (*world.blogs.values(), *world.podcasts.values()) if person.id in home.authors}
            assert {address for address, verified_at in addresses.items() if verified_at} == sites
            for feed in addresses.keys() & feeds.keys():
                of_hosts += person.id in feeds[feed].authors
                of_fans += person.id not in feeds[feed].authors
    assert of_hosts
    assert of_fans


async def test_any_adds_tags_and_all_narrows_them(serve: Callable[..., Any]) -> None:
    either_tag: dict[str, Any] = {"any[]": ["fernway"], "limit": 40}
    both_tags: dict[str, Any] = {"all[]": ["fernway"], "limit": 40}
    async with serve() as client:
        either = await walk(client, f"{API}/timelines/tag/kestrel", **either_tag)
        both = await walk(client, f"{API}/timelines/tag/kestrel", **both_tags)
    names = [{tag["name"] for tag in status["tags"]} for status in either]
    assert all(tags & {"kestrel", "fernway"} for tags in names)
    assert len(both) == sum({"kestrel", "fernway"} <= tags for tags in names) > 0


async def test_counts_grow_and_the_future_is_not_shown(world: World, serve: Callable[..., Any]) -> None:
    post = max(statuses(world, lambda post: post.deleted_at is None), key=lambda post: len(post.likes))
    seen = []
    async with serve(post.at - 1) as client:
        assert (await client.get(f"{API}/statuses/{post.native_id}")).status_code == 404
        for after in (0, 3_600, 86_400, 6 * 86_400):
            await move(client, post.at + after)
            seen.append((await client.get(f"{API}/statuses/{post.native_id}")).json()["favourites_count"])
        liked = await walk(client, f"{API}/statuses/{post.native_id}/favourited_by", limit=3)
    assert seen == sorted(seen)
    assert seen[0] == 0 < seen[1] < seen[2] <= seen[3] == len(liked)


async def test_a_deleted_status_is_gone_everywhere(world: World, serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    kept = statuses(world, lambda post: post.deleted_at is None)
    post, reply = next((post, reply) for post in kept for reply in post.replies if reply in kept)
    deleted_at = reply.at + 3_600
    monkeypatch.setattr(post, "deleted_at", deleted_at)
    async with serve(reply.at) as client:
        assert (await client.get(f"{API}/statuses/{post.native_id}")).status_code == 200
        assert (await client.get(f"{API}/statuses/{reply.native_id}")).json()["in_reply_to_id"] == post.native_id
        await move(client, deleted_at)
        gone = await client.get(f"{API}/statuses/{post.native_id}")
        assert (gone.status_code, gone.json()) == (404, {"error": "Record not found"})
        assert (await client.get(f"{API}/statuses", params={"id[]": [post.native_id]})).json() == []
        assert (await client.get(f"{API}/statuses/{reply.native_id}")).json()["in_reply_to_id"] is None
        assert post.native_id not in {status["id"] for status in await walk(client, f"{API}/timelines/public", limit=40)}


async def test_an_edit_shows_from_its_time_on(world: World, serve: Callable[..., Any]) -> None:
    post = next(post for post in statuses(world) if post.edits and post.edits[0][0] < world.end)
    edited_at = post.edits[0][0]
    async with serve(edited_at - 1) as client:
        before = (await client.get(f"{API}/statuses/{post.native_id}")).json()
        await move(client, edited_at)
        after = (await client.get(f"{API}/statuses/{post.native_id}")).json()
        versions = (await client.get(f"{API}/statuses/{post.native_id}/history")).json()
    assert before["edited_at"] is None
    assert after["edited_at"]
    assert [version["content"] for version in versions] == [before["content"], after["content"]]
    assert before["content"] != after["content"]


async def test_thread_reblogs_and_quotes_agree_with_the_counts(world: World, serve: Callable[..., Any]) -> None:
    async with serve() as client:
        everything = await walk(client, f"{API}/timelines/public", limit=40)
        asked = max(everything, key=lambda status: int(status["replies_count"]))
        below = (await client.get(f"{API}/statuses/{asked['id']}/context")).json()["descendants"]
        assert sum(status["in_reply_to_id"] == asked["id"] for status in below) == asked["replies_count"] > 0
        shared = max(everything, key=lambda status: int(status["reblogs_count"]))
        people = await walk(client, f"{API}/statuses/{shared['id']}/reblogged_by", limit=80)
        assert len(people) == shared["reblogs_count"] > 0
        again = await walk(client, f"{API}/accounts/{people[0]['id']}/statuses", limit=40)
    assert shared["id"] in [status["reblog"]["id"] for status in again if status["reblog"]]
    quoted = [status for status in everything if status["quote"] and status["quote"]["quoted_status"]]
    assert quoted
    assert all(status["quote"]["quoted_status"]["quotes_count"] > 0 for status in quoted)


async def test_followers_are_as_many_as_counted_unless_hidden(world: World, serve: Callable[..., Any]) -> None:
    hidden: list[bool] = []
    members = [person for person in world.residents if person.handle]
    async with serve() as client:
        for person in members[:200:5] + [person for person in members if person.id % 37 == 5]:
            account = (await client.get(f"{API}/accounts/lookup", params={"acct": f"@{person.handle}@{person.domain}"})).json()
            followers = await walk(client, f"{API}/accounts/{account['id']}/followers", limit=5)
            hidden.append(account["hide_collections"])
            assert len({follower["uri"] for follower in followers}) == (0 if hidden[-1] else account["followers_count"])
        assert (await client.get(f"{API}/accounts/lookup", params={"acct": "nobody"})).status_code == 404
    assert 0 < sum(hidden) < len(hidden)


async def test_ids_of_other_servers_differ_from_the_ids_here(serve: Callable[..., Any]) -> None:
    async with serve() as client:
        found = await walk(client, f"{API}/timelines/public", limit=40)
    assert len({status["uri"] for status in found}) == len(found)
    for status in found:
        assert status["uri"] != status["url"]
        is_local = "@" not in status["account"]["acct"]
        assert status["uri"].endswith(f"/{status['id']}") == is_local


async def test_only_token_holders_search_statuses(serve: Callable[..., Any]) -> None:
    address, wanted = "/mastodon/api/v2/search", {"q": "kestrel", "limit": 40}
    async with serve() as client:
        anonymous = (await client.get(address, params=wanted)).json()
        known = (await client.get(address, params=wanted, headers={"Authorization": "Bearer sandbox"})).json()
        wrong = await client.get(address, params=wanted, headers={"Authorization": "Bearer wrong"})
        paged = await client.get(address, params={**wanted, "offset": 40})
    assert anonymous["statuses"] == []
    assert "kestrel" in [tag["name"] for tag in anonymous["hashtags"]]
    assert "kestrel" in [account["acct"] for account in anonymous["accounts"]]
    assert known["statuses"]
    assert all("kestrel" in status["content"].lower() and status["account"]["indexable"] for status in known["statuses"])
    assert (wrong.status_code, wrong.json()) == (401, {"error": "The access token is invalid"})
    assert paged.status_code == 401


async def test_too_many_ids_are_refused(serve: Callable[..., Any]) -> None:
    async with serve() as client:
        assert (await client.get(f"{API}/statuses", params={"id[]": [str(number) for number in range(21)]})).status_code == 422


async def test_more_requests_than_allowed_get_429_until_the_window_ends(serve: Callable[..., Any]) -> None:
    clock = [1_790_000_100.0]
    async with serve(limit=3, wall_clock=lambda: clock[0]) as client:
        answers = [await client.get(f"{API}/instance") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
        assert answers[-1].json() == {"error": "Too many requests"}
        assert answers[-1].headers["X-RateLimit-Reset"] == "2026-09-21T14:20:00.000000Z"
        clock[0] += 300
        assert (await client.get(f"{API}/instance")).status_code == 200


@pytest.mark.parametrize(
    ("recorded", "path"),
    [("test_status_post_with_quote__00.json", "timelines/public"), ("test_account_lookup__00.json", "accounts/lookup?acct=kestrel")],
)
async def test_objects_have_the_keys_and_types_of_recorded_ones(
    payloads: Path, serve: Callable[..., Any], recorded: str, path: str
) -> None:
    real = json.loads((payloads / "mastodon" / recorded).read_text())
    async with serve() as client:
        ours = (await client.get(f"{API}/{path}")).json()
    same_shape(ours[0] if isinstance(ours, list) else ours, real)


def same_shape(ours: dict[str, Any], real: dict[str, Any]) -> None:
    assert real.keys() - OF_A_VIEWER <= ours.keys()
    for key in real.keys() & ours.keys():
        if real[key] is not None and ours[key] is not None:
            assert type(ours[key]) is type(real[key]), key
    if "account" in real:
        same_shape(ours["account"], real["account"])
