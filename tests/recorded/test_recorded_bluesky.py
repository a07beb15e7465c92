"""The Bluesky connector on answers that the real servers gave."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.extraction import Extraction
from connectors.microblogs.bluesky.source import SOURCE
from connectors.source import Known, Page, Tombstone, Window
from tests.conftest import collect
from tests.connectors.reading import notes, records, tombstones

Make = Callable[..., Extraction]
WINDOW = Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
FEEDS = {
    "andrew.heiss.phd": "atrrr_app.bsky.feed.getAuthorFeed_925c2.json",
    "feed.test": "atrrr_app.bsky.feed.getFeed_0bf27.json",
    "first-list.test": "atrrr_app.bsky.feed.getListFeed_6a31b.json",
    "second-list.test": "atrrr_app.bsky.feed.getListFeed_dc533.json",
    "timeline.test": "atrrr_app.bsky.feed.getTimeline_6340d.json",
}
"""An author's feed, and four lists of the same shape."""
SEARCHES = {"rstats": "atrrr_app.bsky.feed.searchPosts_0e3ec.json", "{atrrr}": "atrrr_app.bsky.feed.searchPosts_b1263.json"}
SUBJECT = "did:plc:kvwvcn5iqfooopmyzvb4qzba"
MISSING = "at://did:plc:nobody/app.bsky.feed.post/3k"


@pytest.fixture
def folder(payloads: Path) -> Path:
    folder = payloads / "bluesky"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return folder


class Replay:
    """The first page of each recorded list, and the recorded profiles, whoever is asked for; one account's recorded follows.

    Those were recorded by the account itself, so that `viewer` beside them says what getRelationships answers.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[httpx.Request] = []

    def recorded(self, name: str) -> Any:
        return json.loads((self.folder / name).read_bytes())

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        method, params = request.url.path.rsplit(".", 1)[-1], request.url.params
        if method == "createSession":
            return httpx.Response(200, json={"accessJwt": "jwt", "refreshJwt": "refresh", "handle": "me.test"})
        if method == "getProfiles":
            subject = self.recorded("get_follows.json")["subject"] | {"followsCount": 6}
            profiles = self.recorded("atrrr_app.bsky.actor.getProfiles_0f35e.json")["profiles"]
            return httpx.Response(200, json={"profiles": [*profiles, subject]})
        if method in {"getFollowers", "getFollows"}:
            is_subject = method == "getFollows" and params["actor"] == SUBJECT
            return httpx.Response(200, json=self.recorded("get_follows.json") if is_subject else {"followers": [], "follows": []})
        if method == "getRelationships":
            told = {view["did"]: view["viewer"] for view in self.recorded("get_follows.json")["follows"]}
            related = [{"did": did} | told[did] for did in params.get_list("others")]
            return httpx.Response(200, json={"actor": params["actor"], "relationships": related})
        if method == "getPosts":
            return httpx.Response(200, json={"posts": [self.recorded("thread_view_post_with_embed_media.json")["thread"]["post"]]})
        if "cursor" in params:
            return httpx.Response(200, json={"feed": [], "posts": []})
        return httpx.Response(200, json=self.recorded(FEEDS[params["actor"]] if method == "getAuthorFeed" else SEARCHES[params["q"]]))


async def read(payloads: Path, extraction: Make) -> list[Page]:
    """What the connector makes of all recorded lists, profiles and the recorded post."""
    secrets = {"identifier": SecretStr("me"), "app_password": SecretStr("pass")}
    young = [Known("posts", MISSING, MISSING)]
    settings: dict[str, Any] = {"window": WINDOW, "accounts": tuple(FEEDS), "terms": tuple(SEARCHES), "secret_values": secrets}
    return await collect(SOURCE.fetch(extraction(SOURCE, Replay(payloads / "bluesky"), young=young, **settings)))


async def test_every_recorded_post_repost_and_author_is_a_record(folder: Path, extraction: Make) -> None:
    replay = Replay(folder)
    pages = await read(folder.parent, extraction)
    items = [item for name in FEEDS.values() for item in replay.recorded(name)["feed"]]
    views = [item["post"] for item in items] + [view for name in SEARCHES.values() for view in replay.recorded(name)["posts"]]
    posts = records(pages, "posts")
    assert {view["uri"] for view in views} <= set(posts)
    assert len(posts) == 249
    assert all(record.published_at for record in posts.values())
    reposts = {item["reason"]["uri"] for item in items if "reason" in item}
    assert set(records(pages, "reposts")) == reposts
    assert len(reposts) == 17
    profiles = replay.recorded("atrrr_app.bsky.actor.getProfiles_0f35e.json")["profiles"]
    accounts = records(pages, "accounts")
    assert {view["author"]["did"] for view in views} | {profile["did"] for profile in profiles} <= set(accounts)
    for profile in profiles:
        assert accounts[profile["did"]].payload == {key: value for key, value in profile.items() if key != "viewer"}
    follows = records(pages, "follows")
    assert set(follows) == {f"{SUBJECT} {view['did']}" for view in replay.recorded("get_follows.json")["follows"]}
    assert all("2023-04-25" < record.payload["since"] < "2023-04-28" for record in follows.values())
    assert {view["did"] for view in replay.recorded("get_follows.json")["follows"]} <= set(accounts)
    assert tombstones(pages) == [Tombstone("posts", MISSING)]
    assert not [rejected for page in pages for rejected in page.rejected]
    assert not notes(pages)


async def test_no_author_and_no_viewer_is_left_inside_a_post(folder: Path, extraction: Make) -> None:
    for record in records(await read(folder.parent, extraction), "posts").values():
        text = json.dumps(record.payload)
        assert '"handle"' not in text
        assert '"viewer"' not in text
        assert set(record.payload["author"]) == {"did"}


ANDREW = "did:plc:2zcfjzyocp6kapg6jc4eacok"
STAGED = {
    "posts": {
        f"at://{ANDREW}/app.bsky.feed.post/3lt4cielyws2q": {
            "post_id": f"bluesky:at://{ANDREW}/app.bsky.feed.post/3lt4cielyws2q",
            "author_id": f"bluesky:{ANDREW}",
            "parent_post_id": None,
            "quoted_post_id": None,
            "url": f"https://bsky.app/profile/{ANDREW}/post/3lt4cielyws2q",
            "substr(body, 1, 13)": "New blog post",
            "language": "en",
            "media_type": "link",
            "links": ["https://www.andrewheiss.com/blog/2025/07/03/open-files-external-programs-positron/"],
            "mentioned_author_ids": ["bluesky:did:plc:5ol3bgc5trbdgd5h34wynrwo"],
            "reply_count": 0,
            "repost_count": 3,
            "like_count": 17,
            "quote_count": 1,
            "bookmark_count": None,
            "is_gone": False,
            "published_at": datetime(2025, 7, 4, 3, 30, 13, 295000, tzinfo=UTC),
        },
        "at://did:plc:tgw3d4hvw3x5ijrxax7lg26u/app.bsky.feed.post/3lt2vqzjt5c25": {
            "media_type": "image",
            "links": ["https://www.newyorker.com/magazine/2025/07/07/the-end-of-the-english-paper"],
            "like_count": 988,
        },
        "at://did:plc:mqew6mgb4zkydlf5bn7qty2h/app.bsky.feed.post/3lt2nhjdmm22a": {
            "quoted_post_id": "bluesky:at://did:plc:exrxvyu6bpoym6mbnctke5tn/app.bsky.feed.post/3lsztof36rs2t",
            "media_type": "video",
            "links": [],
            "like_count": 440,
        },
        "at://did:plc:xxppgquw2duy3v2qh6mg5oiv/app.bsky.feed.post/3lj3q6dngdk2w": {
            "parent_post_id": "bluesky:at://did:plc:xxppgquw2duy3v2qh6mg5oiv/app.bsky.feed.post/3ligy5rn7yk2v",
            "substr(body, 1, 22)": "Started with an R pack",
            "media_type": "link",
            "links": ["https://github.com/klpn/morr"],
            "like_count": 10,
            "published_at": datetime(2025, 2, 26, 15, 50, 33, 119000, tzinfo=UTC),
        },
    },
    "accounts": {
        "did:plc:46yyakot3byghwqc6rhmqzqd": {
            "author_id": "bluesky:did:plc:46yyakot3byghwqc6rhmqzqd",
            "handle": "favstats.eu",
            "display_name": "Fabio Votta📊🐧",
            "url": "https://bsky.app/profile/did:plc:46yyakot3byghwqc6rhmqzqd",
            "websites": [],
            "followers_count": 3608,
            "follows_count": 3382,
            "posts_count": 506,
            "is_closed_to_guests": False,
            "registered_at": datetime(2023, 8, 21, 12, 52, 55, 127000, tzinfo=UTC),
        },
        ANDREW: {"handle": "andrew.heiss.phd", "followers_count": None},
    },
    "reposts": {
        f"at://{ANDREW}/app.bsky.feed.repost/3lt2xuhfe5m2u": {
            "kind": "repost",
            "actor_author_id": f"bluesky:{ANDREW}",
            "target_author_id": "bluesky:did:plc:tgw3d4hvw3x5ijrxax7lg26u",
            "target_post_id": "bluesky:at://did:plc:tgw3d4hvw3x5ijrxax7lg26u/app.bsky.feed.post/3lt2vqzjt5c25",
            "occurred_at": datetime(2025, 7, 3, 14, 47, 28, 10000, tzinfo=UTC),
        },
    },
    "follows": {
        f"{SUBJECT} did:plc:vpkhqolt662uhesyj6nxm7ys": {
            "follower_author_id": f"bluesky:{SUBJECT}",
            "followed_author_id": "bluesky:did:plc:vpkhqolt662uhesyj6nxm7ys",
            "followed_at": datetime(2023, 4, 27, 18, 41, 14, 800000, tzinfo=UTC),
        },
    },
}
# Accounts that are bridged from elsewhere say 0001-01-01.
ILL_TYPED = [("accounts", "did:plc:gd6jjptb35wro6fg4x6axg55", "createdAt")]
