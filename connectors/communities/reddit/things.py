"""What Reddit calls things (posts, comments, communities) as records, and what it says is gone as tombstones without their text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeGuard

from connectors.source import Page, Record, Rejected, Tombstone

ENTITIES = {"t1": "comments", "t3": "posts", "t5": "communities"}
_FULLNAME = re.compile(r"t[1-5]_[0-9a-z]{1,13}", re.ASCII)
_ELSEWHERE = frozenset({"replies", "crosspost_parent_list", "sr_detail"})
"""Keys that hold other things, which are records of their own."""
_REMOVED = re.compile(r"\[ ?removed\b[^\]]{0,40}\]", re.IGNORECASE)
_EARLIEST = datetime(2005, 6, 1, tzinfo=UTC)


@dataclass
class Things:
    """The things of one answer. `since`: older posts and comments are left out, but for those of `young` and embedded ones."""

    url: str
    end: datetime
    since: datetime | None = None
    young: frozenset[str] = frozenset()
    records: list[Record] = field(default_factory=list)
    tombstones: list[Tombstone] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    met: set[str] = field(default_factory=set)
    embedded: set[str] = field(default_factory=set)
    folded: list[str] = field(default_factory=list)
    hidden_count: int = 0
    last_written: datetime | None = None

    def add(self, thing: Any) -> None:
        """A thing, and all that are nested in it."""
        waiting = [thing]
        while waiting:
            thing = waiting.pop()
            kind, data = (thing.get("kind"), thing.get("data")) if isinstance(thing, dict) else (None, None)
            if not isinstance(data, dict):
                self.rejected.append(Rejected("posts", "a thing without kind and data", thing))
            elif kind == "Listing":
                children = data.get("children")
                waiting += reversed(children) if isinstance(children, list) else []
            elif kind == "more":
                self._fold(data)
            else:
                waiting += self._nested(data)
                self._thing(kind, data)

    def page(self, *notes: str) -> Page:
        """All that was added."""
        return Page(self.url, self.records, self.tombstones, self.rejected, notes)

    def _nested(self, data: dict[str, Any]) -> list[Any]:
        parents = data.get("crosspost_parent_list")
        posts = [parent for parent in parents if isinstance(parent, dict)] if isinstance(parents, list) else []
        self.embedded |= {str(post.get("name")) for post in posts}
        found: list[Any] = [{"kind": "t3", "data": post} for post in posts]
        return [*found, data["replies"]] if isinstance(data.get("replies"), dict) else found

    def _fold(self, data: dict[str, Any]) -> None:
        """Comments that the answer only names; what lies below them or is only counted stays hidden."""
        children, count = data.get("children"), data.get("count")
        names = [f"t1_{child}" for child in children if is_fullname(f"t1_{child}")] if isinstance(children, list) else []
        self.folded += names
        if isinstance(count, int):
            self.hidden_count += max(count - len(names), 0 if names else 1)

    def _thing(self, kind: Any, data: dict[str, Any]) -> None:
        entity, name = (ENTITIES.get(kind) if isinstance(kind, str) else None), data.get("name")
        if entity is None or not is_fullname(name) or not name.startswith(kind):
            self.rejected.append(Rejected(entity or "posts", f"{kind!r} is no thing that is read, or has no name", data))
            return
        if entity == "communities":
            self.met.add(name)
            self.records.append(Record(entity, name, data))
            return
        written = moment(data.get("created_utc"), self.end)
        if name not in self.embedded:
            self.last_written = written or self.last_written
        is_old = written and self.since and written < self.since and name not in self.young | self.embedded
        if is_old or (written and written >= self.end):
            return
        self.met.add(name)
        kind_gone = gone(data)
        if kind_gone:
            self.tombstones.append(Tombstone(entity, name, kind_gone))
            return
        edited = moment(data.get("edited"), self.end)
        payload = {key: value for key, value in data.items() if key not in _ELSEWHERE} | {"edited_utc": edited and edited.timestamp()}
        self.records.append(Record(entity, name, payload, written, name))


def gone(data: Mapping[str, Any]) -> Literal["deleted", "hidden"] | None:
    """How a post or comment is gone, None where it is there: a deleted account alone leaves its posts."""
    text = data.get("body", data.get("selftext"))
    text = text.strip() if isinstance(text, str) else ""
    category = data.get("removed_by_category")
    if text == "[deleted]" or category in ("deleted", "author"):
        return "deleted"
    return "hidden" if _REMOVED.fullmatch(text) or (isinstance(category, str) and category) else None


def is_fullname(value: Any) -> TypeGuard[str]:
    """Whether it names a thing (t3_1abc), and nothing else in an address."""
    return isinstance(value, str) and _FULLNAME.fullmatch(value) is not None


def moment(seconds: Any, end: datetime) -> datetime | None:
    """Epoch seconds as a time; None where it says nothing, or a time before Reddit or well after `end`."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    if not _EARLIEST.timestamp() <= seconds < (end + timedelta(days=2)).timestamp():
        return None
    return datetime.fromtimestamp(seconds, UTC)


def related(payload: Mapping[str, Any], *keys: str) -> list[str]:
    """The fullnames under these keys of a thing."""
    return [payload[key] for key in keys if is_fullname(payload.get(key))]
