"""Bluesky's views of posts, reposts and profiles, as records."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.source import Page, Record, Rejected, Tombstone, Window

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_POST = re.compile(r"at://did:[a-z]+:[^/\s]+/app\.bsky\.feed\.post/[^/\s]+")
_REPOST, _PIN = "app.bsky.feed.defs#reasonRepost", "app.bsky.feed.defs#reasonPin"
_KEPT_OF_EMBEDDED = ("$type", "uri", "notFound", "blocked", "detached")


class Met:
    """What was met tonight: the posts seen whole, those seen quoted only, who wrote them, and the profiles with the counts they told."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.posts: set[str] = set()
        self.quoted: set[str] = set()
        self.authors: dict[str, Mapping[str, Any]] = {}
        self.profiled: dict[str, Mapping[str, Any]] = {}


class Reading:
    """The records of one answer.

    Authors and quoted posts are taken out of a post and leave their ids; `viewer`, which is about whoever asks, is left out.
    """

    def __init__(self, url: str, met: Met) -> None:
        self._url = url
        self._met = met
        self._records: list[Record] = []
        self._rejected: list[Rejected] = []

    def page(self, tombstones: Sequence[Tombstone] = ()) -> Page:
        """The page for what was read."""
        return Page(self._url, self._records, tombstones, self._rejected)

    def post(self, view: Any) -> bool:
        """Adds a post and all that it quotes; False where it is none."""
        identity = _identity(view, "record")
        if identity is None:
            self._rejected.append(Rejected("posts", f"{self._url}: not a post", view))
            return False
        if identity[0] not in self._met.posts:
            self._met.posts.add(identity[0])
            self._add(view, "record", *identity)
        return True

    def feed_item(self, item: Any, start: datetime) -> datetime | None:
        """Adds what stands in an account's feed since `start`; the time that its place in the feed shows, None for a pinned post."""
        parts = item if isinstance(item, dict) else {}
        view = parts.get("post", item)
        reason = parts["reason"] if isinstance(parts.get("reason"), dict) else {}
        is_repost = reason.get("$type") == _REPOST
        when = self.time(reason.get("indexedAt")) if is_repost else self.written(view)
        if when is None or start <= when < self._met.window.end:
            if self.post(view) and is_repost:
                self._repost(reason, view)
            reply = parts.get("reply")
            for shown in (reply.get("root"), reply.get("parent")) if isinstance(reply, dict) else ():
                if isinstance(shown, dict) and not shown.get("notFound") and not shown.get("blocked"):
                    self.post(shown)
        return None if reason.get("$type") == _PIN else when

    def profile(self, view: Any) -> str | None:
        """Adds an account; its DID."""
        did = _did(view)
        if did is None:
            self._rejected.append(Rejected("accounts", f"{self._url}: not a profile", view))
        elif did not in self._met.profiled:
            self._met.profiled[did] = {key: view[key] for key in ("followersCount", "followsCount") if key in view}
            self._records.append(Record("accounts", did, {key: value for key, value in view.items() if key != "viewer"}))
        return did

    def follow(self, follower: str, followed: str, made: datetime | None) -> None:
        """Adds that one account follows another, since when if that is told and can be."""
        since = self.time(made.isoformat()) if made else None
        if since is None or since < self._met.window.end:
            payload = {"follower": {"did": follower}, "followed": {"did": followed}, "since": since.isoformat() if since else None}
            self._records.append(Record("follows", f"{follower} {followed}", payload))

    def written(self, view: Any, content: str = "record") -> datetime | None:
        """When a post takes its place among others: as its author claims, but not after it was seen."""
        if not isinstance(view, dict):
            return None
        record = view.get(content)
        claimed = record.get("createdAt") if isinstance(record, dict) else None
        return min(filter(None, (self.time(claimed), self.time(view.get("indexedAt")))), default=None)

    def time(self, value: Any) -> datetime | None:
        """A time that can be: none before the web, or well after the night."""
        try:
            moment = datetime.fromisoformat(value)
            moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (TypeError, ValueError, OverflowError):
            return None
        return moment if EARLIEST <= moment < self._met.window.end + timedelta(days=2) else None

    def _repost(self, reason: Mapping[str, Any], view: Mapping[str, Any]) -> None:
        by, did = reason.get("by"), _did(reason.get("by"))
        if did is None or not isinstance(by, dict):
            self._rejected.append(Rejected("reposts", f"{self._url}: a repost without its account", reason))
            return
        uri, reposted = reason.get("uri"), view["uri"]
        native_id = uri if isinstance(uri, str) and uri.startswith(f"at://{did}/") else f"at://{did}/app.bsky.feed.repost/?{reposted}"
        payload = {**reason, "by": {"did": did}, "post": {"uri": reposted, "author": {"did": view["author"]["did"]}}}
        self._records.append(Record("reposts", native_id, payload, self.time(reason.get("indexedAt"))))
        self._met.authors.setdefault(did, by)

    def _add(self, view: Mapping[str, Any], content: str, uri: str, did: str) -> None:
        waiting = [(view, content, uri, did)]
        while waiting:
            view, content, uri, did = waiting.pop()
            self._met.authors.setdefault(did, view["author"])
            payload = {key: value for key, value in view.items() if key != "viewer"} | {"author": {"did": did}}
            embeds = view.get("embeds")
            quoted = []
            if isinstance(embeds, list):
                parts = [_without_record(embed) for embed in embeds]
                payload["embeds"] = [part for part, _ in parts]
                quoted += [record for _, record in parts]
            if "embed" in view:
                payload["embed"], record = _without_record(view["embed"])
                quoted.append(record)
            written = self.written(view, content)
            if written is None or written < self._met.window.end:
                self._records.append(Record("posts", uri, payload, written, uri))
            for record in quoted:
                identity = _identity(record, "value")
                if identity and identity[0] not in self._met.posts | self._met.quoted:
                    self._met.quoted.add(identity[0])
                    waiting.append((record, "value", *identity))


def _without_record(embed: Any) -> tuple[Any, Any]:
    """An embed that names what it embeds, and what that is."""
    if not isinstance(embed, dict) or not isinstance(embed.get("record"), dict):
        return embed, None
    if isinstance(embed["record"].get("record"), dict) and "uri" not in embed["record"]:
        inner, record = _without_record(embed["record"])
        return {**embed, "record": inner}, record
    record = embed["record"]
    return {**embed, "record": {key: record[key] for key in _KEPT_OF_EMBEDDED if key in record}}, record


def _identity(view: Any, content: str) -> tuple[str, str] | None:
    """A post's address and its author's DID; None for what is no post."""
    if not isinstance(view, dict) or not isinstance(view.get(content), dict):
        return None
    uri, did = view.get("uri"), _did(view.get("author"))
    return (uri, did) if isinstance(uri, str) and _POST.fullmatch(uri) and did else None


def _did(author: Any) -> str | None:
    did = author.get("did") if isinstance(author, dict) else None
    return did if isinstance(did, str) and did.startswith("did:") else None
