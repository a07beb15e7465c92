"""Blogs and podcasts: well-formed feeds of each kind, conditional requests, edits and vanished items."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import feedparser
import httpx

from connectors.sandbox.names import feed_path
from connectors.sandbox.posts import Post
from connectors.sandbox.world import World
from tests.connectors.sandbox.conftest import move

VERSIONS = {"feed.xml": "rss20", "atom.xml": "atom10", "rss1.xml": "rss10"}


def blog_of(world: World, wanted: Callable[[Post], bool]) -> tuple[Post, str]:
    """The first fitting blog post in a feed that a parser of XML reads, and the feed's path."""
    post = next(post for post in world.posts if post.channel == "blog" and world.blogs[post.home].format in VERSIONS and wanted(post))
    return post, feed_path(world.blogs[post.home], "blogs")


async def entries(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    """Entries by id."""
    feed = feedparser.parse((await client.get(path)).content)
    assert not feed.bozo
    return {entry.get("id", entry.link): entry for entry in feed.entries}


async def test_every_feed_is_well_formed_and_shows_what_was_published(world: World, serve: Callable[..., Any]) -> None:
    now = world.start + 25 * 86_400
    async with serve(now) as client:
        for home in world.blogs.values():
            posts = [post for post in world.posts if post.home == home.slug and post.is_visible(now)]
            answer = await client.get(feed_path(home, "blogs"))
            if home.format == "feed.json":
                found = [item["title"] for item in answer.json()["items"]]
            else:
                feed = feedparser.parse(answer.content)
                assert (bool(feed.bozo), feed.version) == (False, VERSIONS[home.format])
                found = [entry.title for entry in feed.entries]
            assert sorted(found) == sorted(post.title for post in posts)


async def test_an_unchanged_feed_is_not_sent_again(world: World, serve: Callable[..., Any]) -> None:
    post, path = blog_of(world, lambda post: post.at > world.start + 86_400)
    async with serve(post.at - 1) as client:
        answer = await client.get(path)
        by_tag, by_date = {"If-None-Match": answer.headers["ETag"]}, {"If-Modified-Since": answer.headers["Last-Modified"]}
        for headers in (by_tag, by_date):
            again = await client.get(path, headers=headers)
            assert (again.status_code, again.content) == (304, b"")
        await move(client, post.at)
        for headers in (by_tag, by_date):
            assert (await client.get(path, headers=headers)).status_code == 200


async def test_a_deleted_article_vanishes(world: World, serve: Callable[..., Any]) -> None:
    post, path = blog_of(world, lambda post: post.deleted_at is not None and post.deleted_at < world.end)
    async with serve(post.at) as client:
        before = await entries(client, path)
        await move(client, post.deleted_at or 0)
        after = await entries(client, path)
    assert post.title in [entry.title for entry in before.values()]
    assert post.native_id not in after


async def test_an_edited_article_keeps_its_id(world: World, serve: Callable[..., Any]) -> None:
    post, path = blog_of(world, lambda post: bool(post.edits) and world.blogs[post.home].format != "rss1.xml")
    edited_at = post.edits[0][0]
    async with serve(edited_at - 1) as client:
        before = (await entries(client, path))[post.native_id]
        await move(client, edited_at)
        after = (await entries(client, path))[post.native_id]
    assert before.content[0].value != after.content[0].value
    assert before.published == after.published


async def test_comment_counts_grow(world: World, serve: Callable[..., Any]) -> None:
    post, path = blog_of(
        world, lambda post: bool(post.responses) and world.blogs[post.home].format == "feed.xml" and post.deleted_at is None
    )
    async with serve(post.at) as client:
        assert (await entries(client, path))[post.native_id].slash_comments == "0"
        await move(client, post.responses[-1])
        assert (await entries(client, path))[post.native_id].slash_comments == str(len(post.responses))


async def test_episodes_name_people_and_their_transcripts_exist(world: World, serve: Callable[..., Any]) -> None:
    post = next(post for post in world.posts if post.channel == "podcast" and post.guests and post.brands and post.announcement)
    home = world.podcasts[post.home]
    async with serve(post.at + 3600) as client:
        body = (await client.get(feed_path(home, "podcasts"))).text
        number = body.index(post.native_id)
        episode = body[number : body.index("</item>", number)]
        assert all(f">{world.people[person].name}</podcast:person>" in episode for person in (*home.authors, *post.guests))
        address = episode.split('<podcast:transcript url="')[1].split('"')[0]
        transcript = await client.get(address)
        assert transcript.headers["content-type"].startswith("text/vtt")
        assert transcript.text.startswith("WEBVTT")
        assert 'protocol="activitypub"' in episode
        assert home.guid in body
        await move(client, post.at - 1)
        assert (await client.get(address)).status_code == 404


async def test_articles_and_statuses_link_to_each_other(world: World, serve: Callable[..., Any]) -> None:
    async with serve() as client:
        found = [await entries(client, feed_path(home, "blogs")) for home in world.blogs.values() if home.format in VERSIONS]
        statuses = (await client.get("/mastodon/api/v1/timelines/public", params={"limit": 40, "max_id": 2**62})).json()
        links = {entry.link for feed in found for entry in feed.values()}
        texts = [entry.content[0].value for feed in found for entry in feed.values() if "content" in entry]
        while statuses and not any(link in status["content"] for status in statuses for link in links):
            statuses = (await client.get("/mastodon/api/v1/timelines/public", params={"limit": 40, "max_id": statuses[-1]["id"]})).json()
    assert statuses
    assert any('href="https://murmur.example/@' in text for text in texts)
