"""A NodeBB forum of a handful of people, in the shapes of today or, `is_old`, of 2016: numbers as text, other addresses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx

HOST = "forum.test"
BASE = f"https://{HOST}"
PAGE = 20


class FakeForum:
    """Topics of categories, their posts and the accounts; `broken` answers stand for others, `asked` are paths with queries."""

    def __init__(self, *, is_old: bool = False, list_length: int = 200) -> None:
        self.is_old = is_old
        self.list_length = list_length
        self.categories: dict[int, dict[str, Any]] = {}
        self.topics: dict[int, dict[str, Any]] = {}
        self.posts: dict[int, dict[str, Any]] = {}
        self.users: dict[int, dict[str, Any]] = {}
        self.broken: dict[str, httpx.Response] = {}
        self.asked: list[str] = []
        self.requests: list[httpx.Request] = []
        self.category(1, "Kitchen &amp; tea")

    def category(self, cid: int, name: str, parent: int = 0) -> None:
        self.categories[cid] = {"cid": cid, "name": name, "slug": f"{cid}/{name.lower()}", "parentCid": parent}

    def user(self, name: str, **more: Any) -> int:
        for uid, user in self.users.items():
            if user["username"] == name:
                user.update(more)
                return uid
        uid = len(self.users) + 1
        self.users[uid] = {"uid": uid, "username": name, "userslug": name.lower(), "reputation": 3, "postcount": 1, "banned": False} | more
        return uid

    def open(self, by: str, at: str, title: str, text: str = "<p>first</p>", cid: int = 1, **more: Any) -> int:
        """A topic with its first post; its number."""
        tid = len(self.topics) + 1
        self.topics[tid] = {
            "tid": tid,
            "cid": cid,
            "title": title,
            "titleRaw": title,
            "slug": f"{tid}/x",
            "viewcount": 9,
            "pinned": 0,
        } | more
        self.topics[tid]["mainPid"] = self.reply(tid, by, at, text)
        return tid

    def reply(self, tid: int, by: str, at: str, text: str = "<p>an answer</p>", **more: Any) -> int:
        pid = 100 + len(self.posts)
        written = int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp() * 1000)
        self.posts[pid] = {"pid": pid, "tid": tid, "uid": self.user(by), "content": text, "timestamp": written, "deleted": False} | more
        return pid

    def edit(self, pid: int, text: str, at: str) -> None:
        self.posts[pid] |= {"content": text, "edited": int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp() * 1000)}

    def paths(self, part: str) -> list[str]:
        return [path for path in self.asked if part in path]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api")
        page = int(request.url.params.get("page", 1))
        self.asked.append(path + (f"?page={page}" if page > 1 else ""))
        self.requests.append(request)
        if self.asked[-1] in self.broken:
            return self.broken[self.asked[-1]]
        kind, _, rest = path.lstrip("/").partition("/")
        found = getattr(self, f"_{kind}")(rest, page)
        return httpx.Response(404, text="Not Found") if found is None else httpx.Response(200, json=self._dialect(found))

    def _dialect(self, value: Any) -> Any:
        """Old forums write whole numbers as text."""
        if isinstance(value, dict):
            return {key: entry if key == "pagination" else self._dialect(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [self._dialect(entry) for entry in value]
        return str(value) if self.is_old and isinstance(value, int) and not isinstance(value, bool) else value

    def _thread(self, tid: int) -> list[dict[str, Any]]:
        return [post for post in self.posts.values() if post["tid"] == tid]

    def _listed(self, topics: list[dict[str, Any]], page: int, length: int | None = None) -> dict[str, Any]:
        threads = {topic["tid"]: self._thread(topic["tid"]) for topic in topics}
        entries = [{**one, "lastposttime": max(post["timestamp"] for post in threads[one["tid"]])} for one in topics if threads[one["tid"]]]
        entries.sort(key=lambda one: (one["pinned"], one["lastposttime"]), reverse=True)
        entries = entries[:length]
        return {"topics": entries[(page - 1) * PAGE : page * PAGE], "pagination": self._pagination(len(entries), page)}

    @staticmethod
    def _pagination(count: int, page: int) -> dict[str, Any]:
        return {"currentPage": page, "pageCount": max(1, -(-count // PAGE))}

    def _recent(self, rest: str, page: int) -> dict[str, Any]:
        return self._listed([{**topic, "pinned": 0} for topic in self.topics.values()], page, self.list_length)

    def _categories(self, rest: str, page: int) -> dict[str, Any]:
        return {"categories": self._children(0), "pagination": self._pagination(1, page)}

    def _children(self, parent: int) -> list[dict[str, Any]]:
        return [{**one, "children": self._children(one["cid"])} for one in self.categories.values() if one["parentCid"] == parent]

    def _category(self, rest: str, page: int) -> Any:
        cid = int(rest)
        if cid not in self.categories:
            return None
        found = self._listed([topic for topic in self.topics.values() if topic["cid"] == cid], page)
        return {**self.categories[cid], **found, "children": self._children(cid)}

    def _topic(self, rest: str, page: int) -> Any:
        topic = self.topics.get(int(rest))
        if topic is None or topic.get("deleted"):
            return None
        thread = self._thread(topic["tid"])
        posts = [self._post_of(post) for post in thread[(page - 1) * PAGE : page * PAGE]]
        tags = [{"value": "tea", "score": 4}]
        answer = {**topic, "postcount": len(thread), "posts": posts, "category": self.categories[topic["cid"]], "tags": tags}
        return {**answer, "pagination": self._pagination(len(thread), page)}

    def _post_of(self, post: dict[str, Any]) -> dict[str, Any]:
        count = sum(1 for other in self.posts.values() if other.get("toPid") == post["pid"])
        hidden = {"content": "[[topic:post_is_deleted]]"} if post["deleted"] else {}
        replies: Any = count if self.is_old else {"count": count, "users": [{"uid": 1, "username": "somebody"}] if count else []}
        return {
            "upvotes": 0,
            "downvotes": 0,
            "votes": 0,
            "editor": None,
            **post,
            **hidden,
            "user": self.users.get(post["uid"]),
            "replies": replies,
        }

    def _user(self, rest: str, page: int) -> Any:
        found = next((user for user in self.users.values() if user["userslug"] == rest), None)
        return found and {**found, "followerCount": 12, "posts": [{"pid": 1}], "latestPosts": [], "aboutme": "hello"}

    def _v3(self, rest: str, page: int) -> Any:
        post = None if self.is_old else self.posts.get(int(rest.removeprefix("posts/")))
        return post and {"status": {"code": "ok"}, "response": post}

    def _post(self, rest: str, page: int) -> Any:
        return self.posts.get(int(rest.removeprefix("pid/"))) if self.is_old else None
