"""Ghost: the posts and authors of one site by its Content API, and the comments that its pages show to everybody.

Cursor: "until", the time of change up to which the posts were read.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.blogs.ghost.api import BATCH, CLOSED, Site, items_of, listed, one_of
from connectors.blogs.sites import moment_of
from connectors.extraction import Extraction
from connectors.http import Answer, NotFound, Rejection
from connectors.source import Page, Record, Rejected, Source, Tombstone

OVERLAP = timedelta(days=1)
_ID = re.compile(r"[0-9a-f]{1,24}")


class Night:
    """One night's reading of one site: which posts and people were met, and where comments are to be read."""

    def __init__(self, job: Extraction) -> None:
        self.job, self.site = job, Site.of(job)
        self.met: set[str] = set()
        self.embedded: dict[str, Mapping[str, Any]] = {}
        self.members: set[str] = set()
        self.commented: dict[str, None] = {}
        self.has_comments = True
        self.cut_count = 0
        self.notes: list[str] = []
        self.until = job.window.end

    def id(self, native: str) -> str:
        """Ids of Ghost are copied with a site, so its name stands before them."""
        return f"{self.site.name}:{native}"

    def young(self, entity: str) -> dict[str, str]:
        """What to ask for the young items of an entity, by native id."""
        return {one.native_id: one.lookup_key for one in self.job.young if one.entity == entity and _ID.fullmatch(one.lookup_key)}

    async def changed(self) -> AsyncIterator[Page]:
        """What was published or edited since, in the order of its changes."""
        until = self.job.cursor.get("until")
        since = datetime.fromisoformat(until) - OVERLAP if until else self.job.window.start
        filters = f"updated_at:>='{_stamp(since)}'+published_at:<'{_stamp(self.job.window.end)}'"
        pages = self.site.content("posts", _posts(filters, order="updated_at asc"), self.job.settings.limits.max_pages)
        read_to = since
        async for answer, items in items_of(pages, "posts", self.site):
            yield await self.posts(answer, items)
            read_to = max([read_to, *(time for item in items if isinstance(item, dict) and (time := moment_of(item.get("updated_at"))))])
        if pages.is_cut:
            self.until = min(read_to + OVERLAP, self.job.window.end)
            self.notes.append(
                f"{self.site.name}: posts were read up to {_stamp(read_to)} only (limits.max_pages); the rest is for the next night"
            )

    async def again(self) -> AsyncIterator[Page]:
        """The young posts that were not met tonight; each one that is missing is asked for alone."""
        for batch in _batches(post_id for post_id in self.young("posts").values() if post_id not in self.met):
            async for answer, items in items_of(self.site.content("posts", _posts(one_of(batch)), 1), "posts", self.site):
                yield await self.posts(answer, items)
            for post_id in batch:
                if post_id not in self.met:
                    answer, is_gone = await self.site.is_gone("posts", post_id)
                    yield Page(answer.url, tombstones=[Tombstone("posts", self.id(post_id))] if is_gone else [])

    async def posts(self, answer: Answer, items: Sequence[Any]) -> Page:
        """The records of one answer, with each post's number of comments."""
        sound = [item for item in items if isinstance(item, dict) and _is_id(item.get("id"))]
        counts = await self.site.comment_counts([item["id"] for item in sound]) if sound and self.has_comments else {}
        self.has_comments = counts is not None and self.has_comments
        records = []
        for item in sound:
            self.met.add(item["id"])
            published = moment_of(item.get("published_at"))
            if published and published >= self.job.window.end:
                continue
            people = item.get("authors")
            authors = [one for one in (people if isinstance(people, list) else ()) if isinstance(one, dict) and _is_id(one.get("id"))]
            self.embedded |= {one["id"]: one for one in authors}
            payload = {
                "site": self.site.name,
                **{key: value for key, value in item.items() if key not in {"authors", "primary_author"}},
                "author_ids": [self.id(one["id"]) for one in authors],
                "comment_count": counts.get(item["id"], 0) if counts is not None and self.has_comments else None,
            }
            if payload["comment_count"]:
                self.commented.setdefault(item["id"])
            self.cut_count += item.get("access") is False
            records.append(Record("posts", self.id(item["id"]), payload, published, item["id"]))
        rejected = [Rejected("posts", f"{answer.url}: it has no id of Ghost's", item) for item in items if item not in sound]
        return Page(answer.url, records, rejected=rejected)

    async def comments(self) -> AsyncIterator[Page]:
        """All comments on the posts met tonight and on those whose comments are young; a known one that is missing was deleted."""
        known = self.young("comments")
        waiting = list(dict.fromkeys((*self.commented, *known.values())))
        for place, post_id in enumerate(waiting):
            if not self.has_comments:
                break
            if place >= self.job.settings.limits.max_pages:
                self.notes.append(f"{self.site.name}: the comments on {len(waiting) - place} posts were not read (limits.max_pages)")
                return
            seen: set[str] = set()
            try:
                async for page in self.thread(f"post/{post_id}", post_id, None, seen):
                    yield page
            except NotFound:
                self.notes.append(f"{self.site.name} has no comments page of post {post_id}: they stay as they were")
            except Rejection as error:
                if error.status not in CLOSED:
                    raise
                self.has_comments = False
            else:
                missing = [native_id for native_id, lookup_key in known.items() if lookup_key == post_id and native_id not in seen]
                yield Page(f"{self.site.root}/members/api/comments/", tombstones=[Tombstone("comments", one) for one in missing])
        if not self.has_comments:
            self.notes.append(f"{self.site.name} shows no comments to guests: only posts are read")

    async def thread(self, path: str, post_id: str, parent_id: str | None, seen: set[str]) -> AsyncIterator[Page]:
        """The comments at a path and the replies to them."""
        pages = self.site.comments(path, self.job.settings.limits.max_pages)
        async for answer in pages:
            records: list[Record] = []
            tombstones: list[Tombstone] = []
            rejected: list[Rejected] = []
            longer: list[str] = []
            waiting = [(item, parent_id) for item in listed(answer, "comments")]
            for item, above in waiting:
                if not isinstance(item, dict) or not _is_id(item.get("id")):
                    rejected.append(Rejected("comments", f"{answer.url}: it has no id of Ghost's", item))
                    continue
                native_id = self.id(f"comment-{item['id']}")
                seen.add(native_id)
                replies = item.get("replies")
                replies = replies if isinstance(replies, list) else []
                waiting += [(reply, item["id"]) for reply in replies]
                count = item.get("count")
                if isinstance(count, dict) and isinstance(count.get("replies"), int) and count["replies"] > len(replies):
                    longer.append(item["id"])
                if item.get("status") in ("deleted", "hidden"):
                    tombstones.append(Tombstone("comments", native_id, item["status"]))
                    continue
                written = moment_of(item.get("created_at"))
                if written is None or written < self.job.window.end:
                    payload, member = self.comment(item, post_id, above)
                    records += [Record("comments", native_id, payload, written, post_id), *member]
            yield Page(answer.url, records, tombstones, rejected)
            for comment_id in longer if parent_id is None else ():
                async for page in self.thread(f"{comment_id}/replies", post_id, comment_id, seen):
                    yield page
        if pages.is_cut:
            self.notes.append(f"{self.site.name}: not all comments at {path} were read (limits.max_pages)")
            seen.update(self.young("comments"))

    def comment(self, item: Mapping[str, Any], post_id: str, parent_id: str | None) -> tuple[dict[str, Any], list[Record]]:
        """A comment's payload, and the member who wrote it where this is their first one tonight."""
        member = item.get("member")
        author_id = self.id(f"member-{member['id']}") if isinstance(member, dict) and _is_id(member.get("id")) else None
        payload = {
            "site": self.site.name,
            **{key: value for key, value in item.items() if key not in {"member", "replies", "parent", "post"}},
            "post_id": post_id,
            "parent_id": item.get("parent_id") or parent_id,
            "author_id": author_id,
        }
        if author_id is None or author_id in self.members or not isinstance(member, dict):
            return payload, []
        self.members.add(author_id)
        return payload, [Record("authors", author_id, {"site": self.site.name, "is_member": True, **member})]

    async def authors(self) -> AsyncIterator[Page]:
        """The profiles of those who wrote tonight's posts, with the number of their posts."""
        for batch in _batches(self.embedded):
            pages = self.site.content("authors", {"filter": one_of(batch), "include": "count.posts"}, 1)
            async for answer, items in items_of(pages, "authors", self.site):
                found = {one["id"]: one for one in items if isinstance(one, dict) and _is_id(one.get("id"))}
                people = {author_id: found.get(author_id, self.embedded[author_id]) for author_id in batch}
                yield Page(
                    answer.url,
                    [Record("authors", self.id(author_id), {"site": self.site.name, **one}) for author_id, one in people.items()],
                )


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """Posts changed since, the young ones again, the comments on them all, and who wrote them."""
    night = Night(job)
    for part in (night.changed, night.again, night.comments, night.authors):
        async for page in part():
            yield page
    if night.cut_count:
        night.notes.append(f"{night.site.name}: {night.cut_count} posts are for members: of their text only the beginning is shown")
    yield Page(night.site.root, notes=night.notes, cursor={"until": night.until.isoformat()})


async def check(job: Extraction) -> str:
    """How the newest post is called."""
    site = Site.of(job)
    newest = ""
    async for _, items in items_of(site.content("posts", {"fields": "id,title", "limit": 1}, 1), "posts", site):
        newest = "".join(str(item.get("title")) for item in items if isinstance(item, dict))
    return f"{site.name}: newest post {newest!r}" if newest else f"{site.name}: no posts yet"


def _posts(filters: str, **more: str) -> dict[str, str | int]:
    return {"filter": filters, "include": "authors,tags", "formats": "html", **more}


def _batches(ids: Iterable[str]) -> list[list[str]]:
    ordered = sorted(ids)
    return [ordered[first : first + BATCH] for first in range(0, len(ordered), BATCH)]


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


SOURCE = Source(
    platform="ghost",
    channel="blogs",
    entities={
        "posts": "One row per version of a post: its text, its authors' ids, how many comments it had.",
        "authors": "One row per version of an author, or of a member who commented.",
        "comments": "One row per version of a comment that the site shows to everybody; its likes move.",
    },
    follows=frozenset(),
    fetch=fetch,
    check=check,
    requires=frozenset({"base_url"}),
    secrets={"key": True},
    access="free key",
    rechecks=frozenset({"posts"}),
)
