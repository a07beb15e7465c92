"""Reddit in memory: its API, and its feeds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

import httpx

BASE = "https://reddit.test"


def epoch(at: str) -> float:
    return datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp()


class FakeReddit:
    """The API: everything that was written, oldest first, and the refusals of single paths."""

    def __init__(self) -> None:
        self.things: dict[str, dict[str, Any]] = {}
        self.subs: dict[str, dict[str, Any]] = {}
        self.users: dict[str, dict[str, Any]] = {}
        self.refused: dict[str, httpx.Response] = {}
        self.folded: set[str] = set()
        self.asked: list[httpx.Request] = []
        self.tokens = 0

    def _written(self, kind: str, by: str, sub: str, at: str, **more: Any) -> str:
        name = f"{kind}_a{len(self.things):03}"
        community: dict[str, Any] = {"name": f"t5_{len(self.subs)}", "display_name": sub, "subscribers": 10}
        self.subs.setdefault(sub, community)
        self.users.setdefault(by, {"name": by, "link_karma": 1, "comment_karma": 2, "created_utc": 1_500_000_000.0})
        author: dict[str, Any] = {"author": by, "author_fullname": f"t2_{by}"}
        place: dict[str, Any] = {"subreddit": sub, "subreddit_id": self.subs[sub]["name"]}
        self.things[name] = {"name": name, "id": name[3:], **author, **place, "created_utc": epoch(at), "edited": False, **more}
        return name

    def post(self, by: str, sub: str, at: str, title: str = "hello", **more: Any) -> str:
        return self._written("t3", by, sub, at, title=title, selftext="", score=1, num_comments=0, **more)

    def comment(self, by: str, parent: str, at: str, body: str = "indeed") -> str:
        above = self.things[parent]
        post = parent if parent.startswith("t3") else above["link_id"]
        self.things[post]["num_comments"] += 1
        return self._written("t1", by, above["subreddit"], at, body=body, parent_id=parent, link_id=post, score=1)

    def paths(self, part: str) -> list[str]:
        return [str(request.url) for request in self.asked if part in request.url.path]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path, query = request.url.path, request.url.params
        if path == "/api/v1/access_token":
            self.tokens += 1
            assert request.headers["authorization"].startswith("Basic ")
            return httpx.Response(200, json={"access_token": f"issued-{self.tokens}"})
        if request.headers.get("authorization") != f"Bearer issued-{self.tokens}":
            return httpx.Response(401, json={"message": "Unauthorized", "error": 401})
        assert query.get("raw_json") == "1" or path == "/subreddits/search"
        if path in self.refused:
            return self.refused[path]
        return self.answer(path, query)

    def answer(self, path: str, query: httpx.QueryParams) -> httpx.Response:
        parts = path.strip("/").split("/")
        match parts:
            case ["api", "info"]:
                names = query.get("id", "").split(",")
                wanted = query.get("sr_name", "").lower().split(",")
                subs = [sub for sub in self.subs.values() if sub["name"] in names or sub["display_name"].lower() in wanted]
                return self.listed([*(self.things[name] for name in names if name in self.things), *subs])
            case ["api", "user_data_by_account_ids"]:
                users = {f"t2_{name}": user for name, user in self.users.items() if f"t2_{name}" in query["ids"].split(",")}
                missing = httpx.Response(404, json={"message": "Not Found", "error": 404})
                return httpx.Response(200, json=users) if users else missing
            case ["user", name, "about"]:
                return httpx.Response(200, json={"kind": "t2", "data": {**self.users[name], "id": name}})
            case ["user", name, "overview"]:
                return self.page([one for one in self.things.values() if one["author"] == name], query)
            case ["search"]:
                word = query["q"].strip('"')
                return self.page([one for one in self.things.values() if word in one.get("title", "").lower()], query)
            case ["r", sub, "new" | "comments" as listing]:
                kind = "t3" if listing == "new" else "t1"
                return self.page([o for o in self.things.values() if o["subreddit"] == sub and o["name"].startswith(kind)], query)
            case ["comments", post]:
                below = [one for one in self.things.values() if one.get("link_id") == f"t3_{post}"]
                more = [one["id"] for one in below if one["name"] in self.folded]
                kids: list[Any] = [{"kind": "t1", "data": {**one, "replies": ""}} for one in below if one["name"] not in self.folded]
                if len(kids) > 1:
                    last = kids.pop()
                    kids[0]["data"]["replies"] = {"kind": "Listing", "data": {"children": [last]}}
                if more:
                    kids.append({"kind": "more", "data": {"children": more, "count": len(more) + 2}})
                first = {"kind": "Listing", "data": {"children": [{"kind": "t3", "data": self.things[f"t3_{post}"]}]}}
                return httpx.Response(200, json=[first, {"kind": "Listing", "data": {"children": kids}}])
        raise AssertionError(path)

    def page(self, things: list[dict[str, Any]], query: httpx.QueryParams) -> httpx.Response:
        newest = sorted(things, key=lambda one: -one["created_utc"])
        first = [one["name"] for one in newest].index(query["after"]) + 1 if "after" in query else 0
        shown = newest[first : first + int(query["limit"])]
        return self.listed(shown, shown[-1]["name"] if first + len(shown) < len(newest) else None)

    def listed(self, things: list[dict[str, Any]], after: str | None = None) -> httpx.Response:
        children = [{"kind": one["name"][:2], "data": one} for one in things]
        return httpx.Response(200, json={"kind": "Listing", "data": {"children": children, "after": after}})


def entry(name: str, at: str, content: str, by: str = "ada", link: str = "/r/roasters/comments/abc/t/", title: str = "Hi") -> str:
    author = f"<author><name>/u/{by}</name><uri>{BASE}/user/{by}</uri></author>"
    place = '<category term="roasters" label="r/roasters"/>'
    times = f"<updated>{at}:00+00:00</updated><published>{at}:00+00:00</published>"
    text = f'<content type="html">{escape(content)}</content><link href="https://www.reddit.com{link}"/>'
    return f"<entry>{author}{place}{text}<id>{name}</id>{times}<title>{escape(title)}</title></entry>"


def feed(*entries: str) -> httpx.Response:
    text = f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>new</title>{"".join(entries)}</feed>'
    return httpx.Response(200, text=text, headers={"content-type": "application/atom+xml"})


def marked(text: str) -> str:
    return f'<!-- SC_OFF --><div class="md"><p>{text}</p></div><!-- SC_ON -->'


class FakeFeeds:
    """Feeds by their paths, without slashes; all others are empty."""

    def __init__(self, **answers: httpx.Response) -> None:
        self.answers = answers
        self.asked: list[httpx.URL] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        assert "authorization" not in request.headers
        return self.answers.get(request.url.path.strip("/").removesuffix(".rss").strip("/").replace("/", "_"), feed())
