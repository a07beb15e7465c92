"""A WordPress site in memory: lists, single items and errors as its REST API gives them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx


def error(status: int, code: str) -> httpx.Response:
    """An error of WordPress's own."""
    return httpx.Response(status, json={"code": code, "message": "Sorry.", "data": {"status": status}})


class FakeSite:
    """Posts, comments, users. `trashed` comments and `withdrawn` posts are there, but not for guests; `locked` posts have a password."""

    def __init__(self) -> None:
        self.posts: dict[int, dict[str, Any]] = {}
        self.comments: dict[int, dict[str, Any]] = {}
        self.users: dict[int, dict[str, Any]] = {}
        self.withdrawn: set[int] = set()
        self.trashed: set[int] = set()
        self.locked: set[int] = set()
        self.namespaces = ["oembed/1.0", "wp/v2"]
        self.has_pretty_addresses = True
        self.broken: dict[str, httpx.Response] = {}
        self.password: str | None = None
        self.is_old = False
        self.has_link_headers = True
        self.page_size = 100
        self.asked: list[httpx.Request] = []

    def user(self, name: str) -> int:
        number = 1 + len(self.users)
        self.users[number] = {
            "id": number,
            "name": name,
            "slug": name.lower(),
            "url": "",
            "description": "writes",
            "link": f"https://blog.test/{name}",
        }
        return number

    def post(self, at: str, text: str = "", author: int = 0, modified: str | None = None, **more: Any) -> int:
        number = 10 + len(self.posts)
        times = {"date_gmt": at, "modified_gmt": modified or at}
        self.posts[number] = {
            "id": number, **times, "status": "publish", "link": f"https://blog.test/{number}", "title": {"rendered": f"Post {number}"},
            "content": {"rendered": text}, "author": author, "format": "standard", **more,
        }  # fmt: skip
        return number

    def comment(self, post: int, at: str, text: str = "", **more: Any) -> int:
        number = 500 + len(self.comments)
        self.comments[number] = {
            "id": number, "post": post, "parent": 0, "author": 0, "author_name": "", "author_url": "", "date_gmt": at,
            "content": {"rendered": text}, "status": "approved", "type": "comment", **more,
        }  # fmt: skip
        return number

    def paths(self, part: str) -> list[str]:
        return [str(request.url) for request in self.asked if part in str(request.url)]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        query = request.url.params
        path = query.get("rest_route", "") if request.url.path == "/" else request.url.path.removeprefix("/wp-json")
        is_pretty = request.url.path != "/"
        if path in self.broken:
            return self.broken[path]
        if is_pretty and not self.has_pretty_addresses:
            return httpx.Response(404, html="<html>no such page</html>")
        if path == "/":
            return httpx.Response(200, json={"name": "The Blog", "namespaces": self.namespaces})
        kind, _, number = path.removeprefix("/wp/v2/").partition("/")
        items = self.posts if kind == "posts" else self.comments
        if number:
            return self.one(kind, items, int(number))
        return self.listed(kind, items, request)

    def one(self, kind: str, items: dict[int, dict[str, Any]], number: int) -> httpx.Response:
        if number in items and (number in self.withdrawn if kind == "posts" else number in self.trashed):
            return error(401, "rest_forbidden" if kind == "posts" else "rest_cannot_read")
        if number not in items:
            return error(404, f"rest_{kind[:-1]}_invalid_id")
        return httpx.Response(200, json=self.shown(items[number]))

    def shown(self, item: dict[str, Any]) -> dict[str, Any]:
        profile = self.users.get(item["author"])
        return (
            {**item, "_embedded": {"author": [profile or {"code": "rest_user_invalid_id", "data": {"status": 404}}]}}
            if item["author"]
            else item
        )

    def listed(self, kind: str, items: dict[int, dict[str, Any]], request: httpx.Request) -> httpx.Response:
        query = request.url.params
        if "type" in query and self.password is None:
            return error(401, "rest_forbidden_param")
        if kind == "comments" and self.locked & {int(number) for number in query.get("post", "0").split(",")}:
            return error(401, "rest_cannot_read_post")
        order = query.get("orderby", "date").removesuffix("_gmt") + "_gmt"
        hidden = self.withdrawn if kind == "posts" else self.trashed
        found = [item for number, item in items.items() if number not in hidden and self.holds(kind, item, query)]
        if "include" not in query:
            found.sort(key=lambda item: item[order], reverse=query.get("order") == "desc")
        size = min(int(query.get("per_page", 10)), self.page_size)
        page, count = int(query.get("page", 1)), -(-len(found) // size)
        if kind == "posts" and page > max(count, 1):
            return error(400, "rest_post_invalid_page_number")
        headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(count)}
        if self.has_link_headers and page < count:
            headers["Link"] = f'<{request.url.copy_set_param("page", page + 1)}>; rel="next"'
        return httpx.Response(200, json=[self.shown(item) for item in found[(page - 1) * size : page * size]], headers=headers)

    def holds(self, kind: str, item: dict[str, Any], query: httpx.QueryParams) -> bool:
        if kind == "comments" and item["type"] != "comment" and query.get("type", "comment") not in {"all", "pings"}:
            return False
        for key in ("include", "post"):
            if key in query and str(item["id" if key == "include" else key]) not in query[key].split(","):
                return False
        bounds = {"after": ("date_gmt", 1), "before": ("date_gmt", -1)} | ({} if self.is_old else {"modified_after": ("modified_gmt", 1)})
        for key, (column, sign) in bounds.items():
            if key in query:
                bound = datetime.fromisoformat(query[key]).replace(tzinfo=None)
                difference = datetime.fromisoformat(item[column]) - bound
                if difference * sign <= timedelta():
                    return False
        return query.get("search", "").lower() in f"{item['content']['rendered']} {item.get('title', '')}".lower()
