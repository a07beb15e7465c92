"""Servers that speak Mastodon's client API, as functions from request to response."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
from pydantic import SecretStr

from connectors.extraction import Extraction
from connectors.microblogs.mastodon.source import SOURCE
from connectors.settings import Limits
from connectors.source import Page
from tests.connectors.reading import records

HOST = "https://murmur.test"
ALL_OPEN = {"local": "public", "remote": "public"}


class FakeMastodon:
    """Mastodon as it answers; `asked` are the requests so far, `broken` answers some paths with something else."""

    def __init__(self, *, version: str = "4.4.2", access: Mapping[str, str] = ALL_OPEN) -> None:
        self.version = version
        self.access = access
        self.token: str | None = None
        self.people: dict[str, dict[str, Any]] = {}
        self.statuses: dict[str, dict[str, Any]] = {}
        self.followers: dict[str, list[str]] = {}
        self.reblogs: dict[str, list[str]] = {}
        self.broken: dict[str, httpx.Response] = {}
        self.asked: list[httpx.Request] = []

    def person(self, name: str, **more: Any) -> dict[str, Any]:
        number = str(900 + len(self.people))
        person = {"id": number, "acct": name, "uri": f"{HOST}/users/{name}", "url": f"{HOST}/@{name}", "followers_count": 3, **more}
        return self.people.setdefault(name, person)

    def new_id(self, at: datetime) -> str:
        return str((int(at.timestamp() * 1000) << 16) + len(self.statuses))

    def post(self, by: str, at: str, *tags: str, **more: Any) -> dict[str, Any]:
        moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
        status_id = more.pop("id", None) or self.new_id(moment)
        status = {
            "id": status_id,
            "uri": f"{HOST}/users/{by}/statuses/{status_id}",
            "created_at": moment.isoformat().replace("+00:00", "Z"),
            "content": f"<p>written by {by}</p>",
            "visibility": "public",
            "in_reply_to_id": None,
            "reblog": None,
            "account": self.person(by),
            "tags": [{"name": tag} for tag in tags],
            **more,
        }
        self.statuses[status_id] = status
        return status

    def paths(self) -> list[str]:
        return [request.url.path for request in self.asked]

    def seen(self, status: Mapping[str, Any]) -> dict[str, Any]:
        replies = sum(other["in_reply_to_id"] == status["id"] for other in self.statuses.values())
        reblog = status["reblog"] and self.seen(status["reblog"])
        return {**status, "replies_count": replies, "reblogs_count": len(self.reblogs.get(status["id"], [])), "reblog": reblog}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path, query = request.url.path, request.url.params
        if path in self.broken:
            return self.broken[path]
        if self.token and request.headers.get("authorization") not in (None, f"Bearer {self.token}"):
            return httpx.Response(401, json={"error": "The access token is invalid"})
        match path.strip("/").split("/")[1:]:
            case ["v2", "instance"]:
                access = {"configuration": {"timelines_access": {"hashtag_feeds": self.access}}}
                return httpx.Response(200, json={"title": "Murmur", "version": self.version, **access})
            case ["v2", "search"]:
                return self.search(query)
            case ["v1", "timelines", "tag", tag]:
                tagged = [status for status in self.statuses.values() if any(known["name"] == tag for known in status["tags"])]
                return self.timeline(request, tagged, has_always_next=True)
            case ["v1", "accounts", "lookup"]:
                return self.one(self.people.get(query["acct"]))
            case ["v1", "accounts", number, "statuses"]:
                own = [status for status in self.statuses.values() if status["account"]["id"] == number]
                return self.timeline(request, own, has_always_next=False)
            case ["v1", "accounts", number, "followers"]:
                return self.listed(request, self.followers.get(number, []))
            case ["v1", "statuses"]:
                ids = query.get_list("id[]")
                return httpx.Response(200, json=[self.seen(self.statuses[number]) for number in ids if number in self.statuses])
            case ["v1", "statuses", number]:
                return self.one(self.seen(self.statuses[number]) if number in self.statuses else None)
            case ["v1", "statuses", number, "context"]:
                shown = 4096 if "authorization" in request.headers else 60
                return httpx.Response(200, json={"ancestors": [], "descendants": self.below(number)[:shown]})
            case ["v1", "statuses", number, "reblogged_by"]:
                return self.listed(request, self.reblogs.get(number, []))
        return httpx.Response(404, text="<h1>404</h1>")

    def one(self, item: Any) -> httpx.Response:
        return httpx.Response(200, json=item) if item else httpx.Response(404, json={"error": "Record not found"})

    def below(self, number: str) -> list[dict[str, Any]]:
        replies = [status for status in self.statuses.values() if status["in_reply_to_id"] == number]
        return [found for reply in replies for found in (self.seen(reply), *self.below(reply["id"]))]

    def timeline(self, request: httpx.Request, statuses: list[dict[str, Any]], *, has_always_next: bool) -> httpx.Response:
        query, ids = request.url.params, sorted(int(status["id"]) for status in statuses)
        limit = min(int(query.get("limit", 20)), 40)
        if "min_id" in query:
            shown = [number for number in ids if number > int(query["min_id"])][:limit]
        else:
            shown = [number for number in ids if number < int(query.get("max_id", 2**63))][-limit:]
        page = [self.seen(self.statuses[str(number)]) for number in reversed(shown)]
        links = [f'<{request.url.copy_with(query=None)}?min_id={page[0]["id"]}>; rel="prev"'] if page else []
        if page and (has_always_next or len(page) == limit):
            links.insert(0, f'<{request.url.copy_with(query=None)}?max_id={page[-1]["id"]}>; rel="next"')
        return httpx.Response(200, json=page, headers={"link": ", ".join(links)} if links else {})

    def listed(self, request: httpx.Request, names: list[str]) -> httpx.Response:
        first = int(request.url.params.get("max_id", 0))
        page = names[first : first + int(request.url.params["limit"])]
        following = first + len(page)
        link = f'<{request.url.copy_with(query=None)}?max_id={following}>; rel="next"' if following < len(names) else ""
        return httpx.Response(200, json=[self.person(name) for name in page], headers={"link": link} if link else {})

    def search(self, query: httpx.QueryParams) -> httpx.Response:
        words = query["q"].strip('"').lower()
        found = [self.seen(status) for status in self.statuses.values() if words in status["content"].lower()]
        found.sort(key=lambda status: int(status["id"]), reverse=True)
        first = int(query.get("offset", 0))
        return httpx.Response(200, json={"accounts": [], "statuses": found[first : first + int(query["limit"])], "hashtags": []})


class FakeSmallServer(FakeMastodon):
    """A server of another make: no pages, no Link, no counts, no batches, ids that are no numbers, reblogs under the reblogged's id."""

    def __init__(self) -> None:
        super().__init__(version="4.0.0 (compatible; Pebble 1.2)")

    def new_id(self, at: datetime) -> str:
        return f"{int(at.timestamp())}f{len(self.statuses):02x}"

    def seen(self, status: Mapping[str, Any]) -> dict[str, Any]:
        return {**super().seen(status), "replies_count": 0, "reblogs_count": 0}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v2/instance":
            return httpx.Response(404, text="<h1>404 Not Found</h1>")
        if request.url.path == "/api/v1/instance":
            return httpx.Response(200, json={"title": "Pebble", "version": self.version})
        if request.url.path == "/api/v1/statuses":
            self.asked.append(request)
            return httpx.Response(404, text="<h1>404 Not Found</h1>")
        return super().__call__(request)

    def timeline(self, request: httpx.Request, statuses: list[dict[str, Any]], *, has_always_next: bool) -> httpx.Response:
        newest_first = sorted(statuses, key=lambda status: str(status["created_at"]), reverse=True)
        return httpx.Response(200, json=[self.seen(status) for status in newest_first])

    def listed(self, request: httpx.Request, names: list[str]) -> httpx.Response:
        return httpx.Response(200, json=[self.person(name) for name in names])


def job_on(extraction: Callable[..., Extraction], server: FakeMastodon, *, token: str | None = None, **settings: Any) -> Extraction:
    secrets = {"secret_values": {"token": SecretStr(token)}} if token else {}
    limits = settings.pop("limits", Limits(requests_per_second=1000, attempts=2))
    return extraction(SOURCE, server, base_url=HOST, limits=limits, **secrets, **settings)


def ids(pages: Sequence[Page]) -> set[str]:
    """The server's own ids of the statuses that were read."""
    return {str(record.payload["id"]) for record in records(pages, "statuses").values()}
