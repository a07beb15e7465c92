"""Instagram in memory: own media, businesses to discover, hashtags."""

from __future__ import annotations

import re
from typing import Any

import httpx

from tests.connectors.social_networks.fake_graph import FakeGraph, error

ME = "17840000000000001"
NOBODY = {"code": 110, "error_subcode": 2207013, "message": "Cannot find User with username"}


class FakeInstagram(FakeGraph):
    """The own account ME, called "groundswell", businesses that it may discover, and hashtags."""

    def __init__(self) -> None:
        super().__init__(time_key="timestamp")
        self.objects[ME] = {"id": ME, "username": "groundswell", "followers_count": 50}
        self.lists |= {f"{ME}/media": [], f"{ME}/tags": []}
        self.businesses: dict[str, dict[str, Any]] = {}
        self.number = 1000

    def medium(self, at: str, **more: Any) -> dict[str, Any]:
        self.number += 1
        return {"id": str(self.number), "caption": "hello", "comments_count": 0, "timestamp": f"{at}:00+0000", **more}

    def own(self, at: str, **more: Any) -> str:
        medium = self.medium(at, owner={"id": ME}, username="groundswell", **more)
        self.objects[medium["id"]] = medium
        self.lists |= {f"{ME}/media": [medium, *self.lists[f"{ME}/media"]], f"{medium['id']}/comments": []}
        self.lists[f"{medium['id']}/insights"] = [{"name": "views", "values": [{"value": 70}]}, {"name": "saved", "values": [{"value": 2}]}]
        return str(medium["id"])

    def comment(self, media_id: str, at: str, **more: Any) -> str:
        self.number += 1
        comment = {"id": str(self.number), "text": "well", "timestamp": f"{at}:00+0000", "username": "ada", **more}
        self.objects[comment["id"]] = comment
        self.lists[f"{media_id}/comments"].insert(0, comment)
        self.objects[media_id]["comments_count"] += 1
        return str(comment["id"])

    def business(self, name: str) -> dict[str, Any]:
        account = {"id": f"1784{len(self.businesses)}", "username": name, "followers_count": 9000, "media": []}
        return self.businesses.setdefault(name, account)

    def posts(self, name: str, at: str, **more: Any) -> str:
        medium = self.medium(at, **more)
        self.business(name)["media"].insert(0, medium)
        return str(medium["id"])

    def hashtag(self, tag: str, recent: list[Any], top: list[Any]) -> None:
        number = str(500 + len(self.answers))
        self.answers[f"hashtag {tag}"] = httpx.Response(200, json={"data": [{"id": number}]})
        self.lists |= {f"{number}/recent_media": recent, f"{number}/top_media": top}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        query, path = request.url.params, request.url.path.removeprefix("/v26.0/")
        if path == ME and (wanted := re.fullmatch(r"business_discovery\.username\((.*?)\)\{(.*)\}", query["fields"])):
            self.asked.append(request)
            return self.discovered(wanted[1], wanted[2])
        if path == "ig_hashtag_search":
            self.asked.append(request)
            assert query["user_id"] == ME
            return self.answers.get(f"hashtag {query['q']}", error({"code": 24, "message": "no such hashtag"}))  # type: ignore[return-value]
        return super().__call__(request)

    def discovered(self, name: str, fields: str) -> httpx.Response:
        if name not in self.businesses:
            return error(NOBODY)
        account = self.businesses[name]
        place = re.search(r"media(?:\.after\(c(\d+)\))?\.limit\((\d+)\)\{", fields)
        assert place
        first, size = int(place[1] or 0), min(int(place[2]), self.size)
        media = {"data": account["media"][first : first + size], "paging": {"cursors": {"after": f"c{first + size}"}}}
        profile = {key: value for key, value in account.items() if key != "media" and key in fields}
        return httpx.Response(200, json={"business_discovery": profile | {"media": media}, "id": ME})
