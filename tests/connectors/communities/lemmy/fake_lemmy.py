"""A Lemmy instance in memory."""

from __future__ import annotations

from typing import Any

import httpx

BASE = "https://burrow.test"


class FakeLemmy:
    """An instance of 0.19 (with page cursors), or of 0.18."""

    def __init__(self) -> None:
        self.posts: dict[int, dict[str, Any]] = {}
        self.comments: dict[int, dict[str, Any]] = {}
        self.people: dict[str, dict[str, Any]] = {}
        self.communities: dict[str, dict[str, Any]] = {}
        self.is_old = False
        self.version = "0.19.5"
        self.refused: dict[str, list[httpx.Response]] = {}
        self.asked: list[httpx.Request] = []

    def person(self, name: str) -> dict[str, Any]:
        number = len(self.people) + 1
        new = {"id": number, "name": name, "actor_id": f"{BASE}/u/{name}", "local": True, "banned": False, "deleted": False}
        return self.people.setdefault(name, {"person": new, "counts": {"post_count": 3, "comment_count": 4}})

    def community(self, name: str) -> dict[str, Any]:
        number = len(self.communities) + 1
        new = {"id": number, "name": name, "actor_id": f"{BASE}/c/{name}", "title": name.title(), "removed": False, "deleted": False}
        return self.communities.setdefault(name, {"community": new, "counts": {"subscribers": 50}})

    def post(self, by: str, community: str, at: str, title: str = "Hello", **more: Any) -> int:
        number = len(self.posts) + 1
        post = {"id": number, "name": title, "ap_id": f"{BASE}/post/{number}", "published": f"{at}:00.5Z", "language_id": 37, **more}
        around = {"creator": self.person(by)["person"], "community": self.community(community)["community"]}
        self.posts[number] = {"post": {"deleted": False, "removed": False, **post}, **around, "counts": {"score": 1, "comments": 0}}
        return number

    def comment(self, by: str, post: int, at: str, above: int | None = None, text: str = "indeed") -> int:
        number = len(self.comments) + 101
        path = f"{self.comments[above]['comment']['path'] if above else '0'}.{number}"
        comment = {"id": number, "content": text, "ap_id": f"{BASE}/comment/{number}", "path": path, "published": f"{at}:00Z"}
        view = {key: self.posts[post][key] for key in ("post", "community")} | {"creator": self.person(by)["person"]}
        self.comments[number] = {"comment": {"deleted": False, "removed": False, **comment}, **view, "counts": {"score": 1}}
        self.posts[post]["counts"]["comments"] += 1
        return number

    def paths(self, part: str) -> list[str]:
        return [f"{request.url.path}?{request.url.query.decode()}" for request in self.asked if request.url.path.endswith(part)]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path, query = request.url.path.removeprefix("/api/v3"), request.url.params
        if self.refused.get(path):
            return self.refused[path].pop(0)
        match path:
            case "/site":
                languages = [{"id": 0, "code": "und"}, {"id": 37, "code": "en"}]
                site = {"site": {"name": "The Burrow"}}
                return httpx.Response(200, json={"version": self.version, "site_view": site, "all_languages": languages})
            case "/community":
                by_id = {str(view["community"]["id"]): view for view in self.communities.values()}
                return self.one("community", self.communities.get(query.get("name", "")) or by_id.get(query.get("id", "")))
            case "/post":
                return self.one("post", self.posts.get(int(query["id"])))
            case "/comment":
                return self.one("comment", self.comments.get(int(query["id"])))
            case "/user":
                if query["username"] not in self.people:
                    return self.one("person", None)
                mine = [[v for v in self.shown(all_) if v["creator"]["name"] == query["username"]] for all_ in (self.posts, self.comments)]
                posts, comments = (self.page(views, query)[0] for views in mine)
                return httpx.Response(200, json={"person_view": self.people[query["username"]], "posts": posts, "comments": comments})
        things = self.posts if path == "/post/list" or query.get("type_") == "Posts" else self.comments
        views = self.shown(things)
        if "community_name" in query:
            views = [view for view in views if view["community"]["name"] == query["community_name"]]
        if "post_id" in query:
            views = [view for view in views if view["post"]["id"] == int(query["post_id"])]
        if "q" in query:
            views = [
                view for view in views if query["q"] in str(view["post"]["name"] if things is self.posts else view["comment"]["content"])
            ]
        page, following = self.page(views, query)
        body: dict[str, Any] = {"posts": [], "comments": []} | {"posts" if things is self.posts else "comments": page}
        if path == "/post/list" and not self.is_old and following:
            body["next_page"] = f"P{following}"
        return httpx.Response(200, json=body)

    def shown(self, things: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
        kind = "post" if things is self.posts else "comment"
        visible = [view for view in things.values() if not view[kind]["deleted"] and not view[kind]["removed"]]
        return sorted(visible, key=lambda view: str(view[kind]["published"]), reverse=True)

    def page(self, views: list[dict[str, Any]], query: httpx.QueryParams) -> tuple[list[dict[str, Any]], int | None]:
        number = int(query["page_cursor"][1:]) if "page_cursor" in query else int(query.get("page", 1))
        limit = int(query["limit"])
        return views[(number - 1) * limit : number * limit], number + 1 if number * limit < len(views) else None

    def one(self, kind: str, view: dict[str, Any] | None) -> httpx.Response:
        if view is None:
            return httpx.Response(400 if self.is_old else 404, json={"error": f"couldnt_find_{kind}"})
        return httpx.Response(200, json={f"{kind}_view": view})
