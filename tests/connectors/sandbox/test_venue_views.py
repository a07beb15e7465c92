"""Every venue's view, read by its platform's connector over two nights: what the world holds is what the connector sees.

What a connector cannot see of a view, and why, stands in a test of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import yaml
from pydantic import SecretStr

from connectors import platforms
from connectors.extraction import Extraction
from connectors.http import Http
from connectors.sandbox.builder import build_world
from connectors.sandbox.posts import Post
from connectors.sandbox.registry import served_platforms, view_class
from connectors.sandbox.server import create_app
from connectors.sandbox.world import World
from connectors.settings import SourceSettings
from connectors.source import Known, Page, Window
from tests.conftest import no_wait, public_address
from tests.connectors.reading import cursor
from tests.homes import SANDBOX_HOME

BASE = "http://sandbox.test"
FIRST, SECOND = datetime(2026, 9, 20, tzinfo=UTC), datetime(2026, 9, 21, tzinfo=UTC)
FIRST_NIGHT = Window(datetime(2026, 9, 1, tzinfo=UTC), FIRST)
SECOND_NIGHT = Window(FIRST, SECOND)
REACH = {"x": timedelta(days=6)}
"""How far back a platform's search goes, where that is less than the first night's window."""


@pytest.fixture(scope="module")
def crowd() -> World:
    """Enough people for every venue to have some."""
    return build_world(5, 800)


def entry(platform: str) -> SourceSettings:
    """As sources.yaml names it, pointed at this sandbox."""
    shipped = yaml.safe_load((SANDBOX_HOME / "sources.yaml").read_text(encoding="utf-8"))["sources"]
    found: dict[str, Any] = next(one for one in shipped if one["platform"] == platform)
    text = yaml.safe_dump(found).replace("http://127.0.0.1:8765", BASE)
    settings: dict[str, Any] = yaml.safe_load(text)
    secrets = {name: SecretStr("sandbox") for name in settings.get("secrets", {})}
    terms = ("Morrowbean", "Tidewell", "Kestrel", "Fernway", "Ohmline", "Quietude")
    follows = platforms()[platform].follows
    settings |= {"terms": settings.get("terms", terms)} if "terms" in follows else {}
    settings |= {"tags": settings.get("tags", [term.lower() for term in terms])} if "tags" in follows else {}
    return SourceSettings(**settings, secret_values=secrets)


async def read(world: World, settings: SourceSettings, now: datetime, window: Window, **more: Any) -> list[Page]:
    app = create_app(world, now)
    transport = httpx.ASGITransport(app=app)
    async with Http(settings, transport=transport, wait=no_wait, resolve=public_address, requests_per_second=1000) as http:
        return [page async for page in platforms()[settings.platform].fetch(Extraction(settings, http, window, **more))]


def seen(pages: Sequence[Page]) -> dict[str, Any]:
    return {record.native_id: record for page in pages for record in page.records if record.published_at}


def gone(pages: Sequence[Page]) -> set[str]:
    return {tombstone.native_id for page in pages for tombstone in page.tombstones}


@pytest.mark.parametrize("platform", served_platforms())
def test_the_connector_sees_what_the_world_holds(platform: str, crowd: World) -> None:
    settings = entry(platform)
    base = settings.base_url or BASE
    view = view_class(platform)
    posts = [post for post in crowd.posts if post.channel == "venue" and post.home == platform]

    def ids(those: Sequence[Post]) -> set[str]:
        return {view.native_post_id(crowd, post, base) for post in those}

    def at(moment: datetime) -> list[Post]:
        return [post for post in posts if post.is_visible(int(moment.timestamp()))]

    first = asyncio.run(read(crowd, settings, FIRST + timedelta(hours=2), FIRST_NIGHT))
    named = [post for post in at(FIRST + timedelta(hours=2)) if post.at < FIRST.timestamp() and post.brands]
    earliest = FIRST - REACH[platform] if platform in REACH else FIRST_NIGHT.start
    named = [post for post in named if post.at >= earliest.timestamp()]
    assert named
    missed = ids(named) - seen(first).keys()
    assert len(missed) <= len(named) * 0.1, f"{len(missed)} of {len(named)} posts that name a brand were not seen: {sorted(missed)[:5]}"
    assert seen(first).keys() <= ids(posts), "ids are those of the truth file"
    assert not [rejected for page in first for rejected in page.rejected]
    young = [Known(r.entity, r.native_id, r.lookup_key) for page in first for r in page.records if r.lookup_key and r.published_at]
    again = asyncio.run(read(crowd, settings, SECOND + timedelta(hours=2), SECOND_NIGHT, cursor=cursor(first), young=young))
    new = [post for post in at(SECOND + timedelta(hours=2)) if FIRST.timestamp() <= post.at < SECOND.timestamp() and post.brands]
    assert len(ids(new) - seen(again).keys()) <= max(1, len(new) * 0.25)
    vanished = ids(at(FIRST + timedelta(hours=2))) - ids(at(SECOND + timedelta(hours=2)))
    assert gone(again) <= ids(posts)
    assert not gone(again) & ids(at(SECOND + timedelta(hours=2))), "what is there is not told gone"
    known = {one.native_id for one in young}
    assert len((vanished & known) - gone(again)) <= 1, "what vanished is told gone, where it can be asked for"


def test_apples_directory_tells_of_the_same_episodes_as_the_feeds(crowd: World) -> None:
    pages = asyncio.run(read(crowd, entry("itunes"), FIRST + timedelta(hours=2), FIRST_NIGHT))
    guids = {record.payload["episodeGuid"] for page in pages for record in page.records if record.entity == "episodes"}
    told = [post for post in crowd.posts if post.channel == "podcast" and post.is_visible(int(FIRST.timestamp()) + 7200)]
    named = {post.native_id for post in told if post.brands and post.at < FIRST.timestamp()}
    assert named
    assert named <= guids <= {post.native_id for post in told}
    assert {record.payload["primaryGenreName"] for page in pages for record in page.records if record.entity == "podcasts"} >= {"Food"}


def test_bluesky_tells_who_follows_the_authors_that_a_search_finds_and_since_when(crowd: World) -> None:
    pages = asyncio.run(read(crowd, entry("bluesky"), FIRST + timedelta(hours=2), FIRST_NIGHT))
    follows = [record.payload for page in pages for record in page.records if record.entity == "follows"]
    members, view = crowd.venues["bluesky"], view_class("bluesky")
    held = {(view.account_id(one, ""), view.account_id(number, "")) for number, who in members.followers.items() for one in who}
    told = {(follow["follower"]["did"], follow["followed"]["did"]) for follow in follows}
    authors = {record.payload["author"]["did"] for record in seen(pages).values()}
    assert told == {pair for pair in held if pair[1] in authors}
    assert told
    joined = {view.account_id(person.id, ""): person.joined_at for person in crowd.people}
    for follow in follows:
        since = datetime.fromisoformat(follow["since"]).timestamp()
        assert since == max(joined[follow["follower"]["did"]], joined[follow["followed"]["did"]])


def test_peertube_tells_who_follows_the_followed_channels(crowd: World) -> None:
    settings, members, view = entry("peertube"), crowd.venues["peertube"], view_class("peertube")
    pages = asyncio.run(read(crowd, settings, FIRST + timedelta(hours=2), FIRST_NIGHT))
    told = {record.native_id for page in pages for record in page.records if record.entity == "follows"}
    address = {number: view.native_account_id(number, name, "") for number, name in members.accounts.items()}
    followed = [number for number, name in members.accounts.items() if name in settings.accounts]
    assert told == {f"{address[one]} {address[number]}" for number in followed for one in members.followers[number] if one in address}
    assert len(told) > 10
