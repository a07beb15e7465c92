"""NodeBB's topics and posts as records, and what one night is still to read."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from connectors.extraction import Extraction
from connectors.guests import guest_id
from connectors.message_boards.nodebb.api import Api, is_set, own_id
from connectors.source import Page, Record, Rejected, Tombstone

_TOPIC = ("tid", "cid", "mainPid", "title", "titleRaw", "slug")
_COUNTS = ("postcount", "viewcount", "postercount", "followercount", "locked", "pinned")

Item = dict[str, Any]


class Night:
    """One night's fetch: what is to be read, and what was met.

    `due` says of the topics with new posts since when, `young` and `old` which posts of a topic are to be seen again, `waiting` which
    topics are still to be read; `told` are the posts that an answer told of, gone or not, `traced` those that were asked for one by one.
    """

    def __init__(self, job: Extraction) -> None:
        self.job = job
        self.api = Api(job)
        self.end = job.window.end
        self.due: dict[str, datetime] = {}
        self.young: dict[str, set[str]] = {}
        self.old: dict[str, set[str]] = {}
        for known in job.young:
            if known.entity == "posts":
                (self.old if known.is_old else self.young).setdefault(known.lookup_key, set()).add(known.native_id)
        self.told: set[str] = set()
        self.traced: set[str] = set()
        self.authors: dict[str, Item] = {}
        self.waiting = deque[str]()
        self.closed_count = 0

    def summary(self) -> Iterable[str]:
        """The night's notes."""
        yield from self.api.notes
        if self.closed_count:
            yield f"{self.closed_count} listed topics could not be opened"

    def want(self, topics: Iterable[Any], since: datetime) -> tuple[list[Rejected], bool]:
        """Takes the listed topics that were written in since; also what is no topic, and whether the list has come to older ones."""
        rejected, is_past = list[Rejected](), False
        for topic in topics:
            tid = own_id(topic.get("tid")) if isinstance(topic, dict) else None
            if tid is None:
                rejected.append(Rejected("posts", "a topic without a tid", topic))
                continue
            last = self.api.moment(topic.get("lastposttime"))
            if last and last < since:
                is_past = is_past or not is_set(topic.get("pinned"))
            elif not is_set(topic.get("deleted")):
                self.due[tid] = min(since, self.due.get(tid, since))
        return rejected, is_past

    def page(self, url: str, topic: Item, tid: str, since: datetime, young: set[str]) -> tuple[Page, datetime]:
        """The posts that a page of a topic shows, and when the oldest of them was written."""
        posts = topic.get("posts")
        records, tombstones, rejected, oldest = list[Record](), list[Tombstone](), list[Rejected](), self.end
        for post in posts if isinstance(posts, list) else ():
            native_id = self.api.global_id(post.get("pid")) if isinstance(post, dict) else None
            if native_id is None:
                rejected.append(Rejected("posts", "a post without a pid", post))
                continue
            written = self.api.moment(post.get("timestamp"))
            oldest = min(oldest, written or self.end)
            self.told.add(native_id)
            if written and (written >= self.end or (written < since and native_id not in young)):
                continue
            if is_set(post.get("deleted")):
                tombstones.append(deleted(post, native_id))
            else:
                records.append(Record("posts", native_id, self._payload(post, topic), written, tid))
        return Page(url, records, tombstones, rejected), oldest

    def _payload(self, post: Item, topic: Item) -> Item:
        """A post with its topic and category, whose counts stand with the main post alone; accounts are named by their ids."""
        main, category, replies = own_id(topic.get("mainPid")), topic.get("category"), post.get("replies")
        is_main = main is not None and main == own_id(post.get("pid"))
        user, editor = post.get("user"), post.get("editor")
        if isinstance(replies, dict):
            replies = {**replies, "users": [self.api.global_id(one.get("uid")) for one in _objects(replies.get("users"))]}
        tags = [tag.get("value") for tag in _objects(topic.get("tags"))]
        return {
            **post,
            "site": self.api.site,
            "user": self._author(user) if isinstance(user, dict) else self.api.global_id(post.get("uid")),
            "editor": self.api.global_id(editor.get("uid")) if isinstance(editor, dict) else None,
            "parent_post": None if is_main else self.api.global_id(post.get("toPid")) or self.api.global_id(main),
            "container": self.api.global_id(topic.get("cid")),
            "is_main": is_main,
            "replies": replies,
            "reply_count": replies.get("count") if isinstance(replies, dict) else replies,
            "topic": {"tags": tags} | {key: topic.get(key) for key in (*_TOPIC, *(_COUNTS if is_main else ()))},
            "category": {key: category.get(key) for key in ("cid", "name", "slug")} if isinstance(category, dict) else None,
        }

    def _author(self, user: Item) -> str | None:
        """An account's id, or that of a guest by the name they left."""
        native_id = self.api.global_id(user.get("uid"))
        guest = guest_id(user["username"]) if native_id is None and isinstance(user.get("username"), str) else None
        native_id = f"{self.api.host}:{guest}" if guest else native_id
        if native_id:
            self.authors.setdefault(native_id, user)
        return native_id


def deleted(post: Item, native_id: str) -> Tombstone:
    """That a post is gone, by its author or by another."""
    deleter = own_id(post.get("deleterUid"))
    return Tombstone("posts", native_id, "hidden" if deleter not in (None, own_id(post.get("uid"))) else "deleted")


def _objects(value: Any) -> list[Item]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
