"""What a Lemmy instance shows (views of posts, comments, people, communities) as records; the deleted and removed as tombstones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from connectors.communities.lemmy.api import Api
from connectors.source import Page, Record, Rejected, Tombstone


@dataclass
class Night:
    """What was met so far: the global ids of all that was told of, and by the instance's own ids those that others name.

    `communities` says of each whether its counts were read, `trees` are posts whose comments are to be read.
    """

    api: Api
    languages: dict[int, str] = field(default_factory=dict)
    met: set[str] = field(default_factory=set)
    posts: dict[int, str] = field(default_factory=dict)
    comments: dict[int, str] = field(default_factory=dict)
    communities: dict[int, bool] = field(default_factory=dict)
    trees: dict[int, None] = field(default_factory=dict)

    def lookup_key(self, local_id: int) -> str:
        """What one of the instance's things is asked for with; ids mean nothing elsewhere."""
        return f"{self.api.host}:{local_id}"


class Views:
    """The things of one answer. `since`: older ones are left out, but for the native ids of `young`."""

    def __init__(self, night: Night, url: str, since: datetime | None = None, young: frozenset[str] = frozenset()) -> None:
        self.last_published: datetime | None = None
        self._night = night
        self._url = url
        self._since = since
        self._young = young
        self._records: list[Record] = []
        self._tombstones: list[Tombstone] = []
        self._rejected: list[Rejected] = []

    def page(self) -> Page:
        """All that was added."""
        return Page(self._url, self._records, self._tombstones, self._rejected)

    def is_old(self, thing: Any) -> bool:
        """Whether a post or comment was written before what is read tonight, and is not young."""
        published = self._night.api.moment(thing.get("published")) if isinstance(thing, dict) else None
        return bool(published and self._since and published < self._since and _global_id(thing) not in self._young)

    def post(self, view: Any, *, has_tree: bool = False) -> None:
        """A post with its counts; `has_tree`: its comments are to be read, as those of the young are."""
        thing = self._thing("posts", view, "post")
        if thing is None or not self._publish("posts", thing, {**view, "language": self._language(thing)}):
            return
        counts = view.get("counts")
        count = counts.get("comments") if isinstance(counts, dict) else None
        if (has_tree or _global_id(thing) in self._young) and isinstance(count, int) and count > 0:
            self._night.trees[thing["id"]] = None

    def comment(self, view: Any) -> None:
        """A comment with its counts; its parent must be known by now."""
        thing = self._thing("comments", view, "comment")
        if thing is None:
            return
        post = view["post"] if isinstance(view.get("post"), dict) else {}
        parent = parent_id(view)
        payload = {
            **view,
            "post": {key: post.get(key) for key in ("id", "ap_id")},
            "parent_ap_id": post.get("ap_id") if parent == 0 else self._night.comments.get(parent or 0),
            "language": self._language(thing),
        }
        if self._publish("comments", thing, payload) and isinstance(post.get("id"), int) and isinstance(post.get("ap_id"), str):
            self._night.posts[post["id"]] = post["ap_id"]

    def community(self, view: Any) -> None:
        """A community with its counts."""
        found = self._thing("communities", view, "community")
        if found is None:
            return
        self._night.communities[found["id"]] = True
        kind = _gone(found)
        if kind:
            self._tombstones.append(Tombstone("communities", _global_id(found), kind))
        else:
            self._records.append(Record("communities", _global_id(found), {**view, "instance": self._night.api.host}))

    def profile(self, view: Any) -> None:
        """An account with its counts."""
        person = self._thing("users", view, "person")
        if person is not None and _global_id(person) not in self._night.met:
            self._person(person, view)

    def _thing(self, entity: str, view: Any, key: str) -> dict[str, Any] | None:
        thing = view.get(key) if isinstance(view, dict) else None
        if isinstance(thing, dict) and isinstance(thing.get("id"), int) and _global_id(thing).startswith(("https://", "http://")):
            return thing
        self._rejected.append(Rejected(entity, f"no {key} with an id and a global address", view))
        return None

    def _publish(self, entity: str, thing: dict[str, Any], payload: dict[str, Any]) -> bool:
        """A post or comment with its author, unless it is too old, too new or gone."""
        native_id, published = _global_id(thing), self._night.api.moment(thing.get("published"))
        self.last_published = published or self.last_published
        if self.is_old(thing) or (published and published >= self._night.api.job.window.end):
            return False
        self._night.met.add(native_id)
        kind = _gone(thing)
        if kind:
            self._tombstones.append(Tombstone(entity, native_id, kind))
            return False
        creator, community = payload.get("creator"), payload.get("community")
        payload |= {"instance": self._night.api.host, "creator": _named(creator), "community": _named(community)}
        self._records.append(Record(entity, native_id, payload, published, f"{self._night.api.host}:{thing['id']}"))
        if isinstance(creator, dict) and _global_id(creator) and _global_id(creator) not in self._night.met:
            self._person(creator, {"person": creator})
        if isinstance(community, dict) and isinstance(community.get("id"), int):
            self._night.communities.setdefault(community["id"], False)
        return True

    def _person(self, person: dict[str, Any], view: Mapping[str, Any]) -> None:
        native_id = _global_id(person)
        self._night.met.add(native_id)
        if person.get("deleted") is True:
            self._tombstones.append(Tombstone("users", native_id))
        elif person.get("banned") is True and person.get("local") is True:
            self._tombstones.append(Tombstone("users", native_id, "suspended"))
        else:
            self._records.append(Record("users", native_id, {**view, "instance": self._night.api.host}))

    def _language(self, thing: Mapping[str, Any]) -> str | None:
        language = thing.get("language_id")
        return self._night.languages.get(language) if isinstance(language, int) else None


def parent_id(view: Any) -> int | None:
    """The own id of the comment that a comment answers, 0 where it answers the post; None where it does not say."""
    path = view.get("comment", {}).get("path") if isinstance(view, dict) and isinstance(view.get("comment"), dict) else None
    parts = path.split(".") if isinstance(path, str) else []
    return int(parts[-2]) if len(parts) > 1 and all(part.isascii() and part.isdigit() for part in parts) else None


def own_ids(views: list[Any]) -> dict[int, str]:
    """The global ids of comments by their own."""
    comments = [view["comment"] for view in views if isinstance(view, dict) and isinstance(view.get("comment"), dict)]
    return {one["id"]: one["ap_id"] for one in comments if isinstance(one.get("id"), int) and isinstance(one.get("ap_id"), str)}


def _gone(thing: Mapping[str, Any]) -> Literal["deleted", "hidden"] | None:
    return "deleted" if thing.get("deleted") is True else "hidden" if thing.get("removed") is True else None


def _global_id(thing: Mapping[str, Any]) -> str:
    """The address that names it everywhere: people and communities call it actor_id."""
    found = thing.get("ap_id") or thing.get("actor_id")
    return found if isinstance(found, str) else ""


def _named(thing: Any) -> dict[str, Any] | None:
    return {"id": thing.get("id"), "actor_id": _global_id(thing) or None} if isinstance(thing, dict) else None
