"""An AppView of Bluesky in memory, and an account's own server with sessions."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import httpx
from pydantic import SecretStr

from connectors.extraction import Extraction
from connectors.microblogs.bluesky.source import SOURCE
from connectors.settings import Limits
from tests.conftest import make_extraction

BASE = "https://sky.test"
NO_PROFILE = {"error": "InvalidRequest", "message": "Profile not found"}


DIGITS = "234567abcdefghijklmnopqrstuvwxyz"


def tid(at: str) -> str:
    """The key of a record that was made at this minute."""
    number = int(datetime.fromisoformat(f"{at}:00+00:00").timestamp()) * 1_000_000 << 10 | 7
    return "".join(DIGITS[number >> shift & 31] for shift in range(60, -1, -5))


def did(name: str) -> str:
    return f"did:plc:{name}"


class FakeBluesky:
    """Posts by address, feeds by DID; `refusals` answer an actor's feed or a search, `broken` a whole method."""

    def __init__(self) -> None:
        self.posts: dict[str, dict[str, Any]] = {}
        self.reposts: list[dict[str, Any]] = []
        self.people: dict[str, dict[str, Any]] = {}
        self.followed: dict[tuple[str, str], str] = {}
        self.refusals: dict[str, httpx.Response] = {}
        self.broken: dict[str, httpx.Response] = {}
        self.password = "app-pass-word"
        self.sessions = 0
        self.expired: set[str] = set()
        self.is_closed_to_guests = False
        self.page_size = 100
        self.asked: list[httpx.Request] = []

    def person(self, name: str, **more: Any) -> dict[str, Any]:
        basic = {"did": did(name), "handle": f"{name}.sky.test", "displayName": name.title(), "viewer": {"muted": False}}
        return self.people.setdefault(name, basic | {"followersCount": 0, "followsCount": 0, "postsCount": 7} | more)

    def author(self, name: str) -> dict[str, Any]:
        return {key: value for key, value in self.person(name).items() if not key.endswith("Count")}

    def add(self, by: str, at: str, text: str = "", *, parent: str | None = None, indexed: str | None = None, **more: Any) -> str:
        uri = f"at://{did(by)}/app.bsky.feed.post/{len(self.posts):03}"
        record: dict[str, Any] = {"$type": "app.bsky.feed.post", "text": text, "createdAt": f"{at}:00.000Z"}
        if parent:
            record["reply"] = {"root": {"uri": parent}, "parent": {"uri": parent}}
        counts = {"replyCount": 0, "repostCount": 0, "likeCount": 1, "quoteCount": 0}
        view = {"uri": uri, "cid": "bafy", "author": self.author(by), "record": record, **counts, "indexedAt": f"{indexed or at}:01.000Z"}
        self.posts[uri] = view | {"viewer": {"threadMuted": False}, "labels": []} | more
        return uri

    def repost(self, by: str, post: str, at: str, **more: Any) -> str:
        own = f"at://{did(by)}/app.bsky.feed.repost/{len(self.reposts):03}"
        reason = {"$type": "app.bsky.feed.defs#reasonRepost", "by": self.author(by), "uri": own, "indexedAt": f"{at}:00.000Z"} | more
        self.reposts.append({"post": post, "reason": reason})
        return own

    def follow(self, follower: str, followed: str, at: str, *, key: str | None = None) -> None:
        """Both profiles' counts move with it; `key` in place of the one that tells when."""
        for name in (follower, followed):
            if not any(name in pair for pair in self.followed):
                self.person(name).update(followersCount=0, followsCount=0)
        self.followed[follower, followed] = f"at://{did(follower)}/app.bsky.graph.follow/{key or tid(at)}"
        self.person(follower)["followsCount"] += 1
        self.person(followed)["followersCount"] += 1

    def graph(self, params: httpx.QueryParams, key: str) -> httpx.Response:
        """One side of an account's follows, newest first, as the AppView lists them."""
        newest = sorted(self.followed.items(), key=lambda item: item[1].rpartition("/")[2], reverse=True)
        pairs = [pair for pair, _ in newest]
        if key == "followers":
            names = [follower for follower, followed in pairs if did(followed) == params["actor"]]
        else:
            names = [followed for follower, followed in pairs if did(follower) == params["actor"]]
        return self.part(key, [self.author(name) for name in names], params)

    def relationships(self, params: httpx.QueryParams) -> httpx.Response:
        actor, others = params["actor"], params.get_list("others")
        assert 0 < len(others) <= 30
        told = {(did(follower), did(followed)): uri for (follower, followed), uri in self.followed.items()}
        related = []
        for other in others:
            named = {"following": told.get((actor, other)), "followedBy": told.get((other, actor))}
            related.append({"$type": "app.bsky.graph.defs#relationship", "did": other} | {key: uri for key, uri in named.items() if uri})
        return httpx.Response(200, json={"actor": actor, "relationships": related})

    def quoted(self, uri: str) -> dict[str, Any]:
        """A post as another one shows it."""
        view = dict(self.posts[uri])
        view["value"] = view.pop("record")
        view["embeds"] = [view.pop("embed")] if "embed" in view else []
        return {"$type": "app.bsky.embed.record#view", "record": {"$type": "app.bsky.embed.record#viewRecord", **view}}

    def methods(self) -> list[str]:
        return [request.url.path.rsplit(".", 1)[-1] for request in self.asked]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        method, params = request.url.path.rsplit(".", 1)[-1], request.url.params
        if method in self.broken:
            return self.broken[method]
        if method == "createSession":
            return self.sign_in(json.loads(request.content))
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token in self.expired:
            return httpx.Response(400, json={"error": "ExpiredToken", "message": "Token has expired"})
        if self.is_closed_to_guests and not token:
            return httpx.Response(401, json={"error": "AuthMissing", "message": "Authentication Required"})
        if method == "getProfiles":
            asked = params.get_list("actors")
            assert len(asked) <= 25
            people = [person for person in self.people.values() if {person["did"], person["handle"]} & set(asked)]
            return httpx.Response(200, json={"profiles": people})
        if method == "getPosts":
            asked = params.get_list("uris")
            assert len(asked) <= 25
            return httpx.Response(200, json={"posts": [self.posts[uri] for uri in asked if uri in self.posts]})
        if method == "getAuthorFeed":
            assert params["filter"] == "posts_with_replies"
            return self.refusals.get(params["actor"]) or self.feed(params)
        if method in {"getFollowers", "getFollows"}:
            assert params["limit"] == "100"
            return self.refusals.get(f"{method} {params['actor']}") or self.graph(params, method.removeprefix("get").lower())
        if method == "getRelationships":
            return self.relationships(params)
        assert method == "searchPosts"
        assert token, "the search is closed to guests"
        return self.refusals.get(params["q"]) or self.search(params)

    def sign_in(self, login: dict[str, str]) -> httpx.Response:
        if login["password"] != self.password:
            return httpx.Response(401, json={"error": "AuthenticationRequired", "message": f"Invalid password {login['password']}"})
        self.sessions += 1
        session = {"did": did("me"), "handle": login["identifier"], "refreshJwt": "refresh"}
        return httpx.Response(200, json={**session, "accessJwt": f"session-{self.sessions}"})

    def feed(self, params: httpx.QueryParams) -> httpx.Response:
        found = next((person for person in self.people.values() if params["actor"] in {person["did"], person["handle"]}), None)
        if found is None:
            return httpx.Response(400, json=NO_PROFILE)
        items = [(view["record"]["createdAt"], {"post": view}) for view in self.posts.values() if view["author"]["did"] == found["did"]]
        for _, item in items:
            parent = item["post"]["record"].get("reply", {}).get("parent", {}).get("uri")
            if parent:
                shown = self.posts.get(parent) or {"$type": "app.bsky.feed.defs#notFoundPost", "uri": parent, "notFound": True}
                item["reply"] = {"root": shown, "parent": shown}
        for one in self.reposts:
            if one["reason"]["by"]["did"] == found["did"]:
                items.append((one["reason"]["indexedAt"], {"post": self.posts[one["post"]], "reason": one["reason"]}))
        return self.part("feed", [item for _, item in sorted(items, key=lambda item: str(item[0]), reverse=True)], params)

    def search(self, params: httpx.QueryParams) -> httpx.Response:
        assert params["sort"] == "latest"
        words = params["q"].strip('"').lower()
        views = [
            view
            for view in self.posts.values()
            if words in view["record"]["text"].lower() and params["since"] <= view["record"]["createdAt"] < params["until"]
        ]
        return self.part("posts", sorted(views, key=lambda view: str(view["indexedAt"]), reverse=True), params)

    def part(self, key: str, items: list[Any], params: httpx.QueryParams) -> httpx.Response:
        first = int(params.get("cursor", "0"))
        last = first + self.page_size
        return httpx.Response(200, json={key: items[first:last], **({"cursor": str(last)} if last < len(items) else {})})


def make_job(sky: FakeBluesky, *, signed_in: bool = False, password: str = "app-pass-word", **settings: Any) -> Extraction:
    """A night against `sky`; `signed_in` as @me.sky.test."""
    if signed_in:
        secrets = {"identifier": SecretStr("@me.sky.test"), "app_password": SecretStr(password)}
        settings |= {"secrets": {name: name.upper() for name in secrets}, "secret_values": secrets}
    limits = settings.pop("limits", Limits(requests_per_second=1000, attempts=2))
    return make_extraction(SOURCE, sky, base_url=BASE, limits=limits, **settings)
