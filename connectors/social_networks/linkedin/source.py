"""LinkedIn: the posts of own pages (organisations), the comments below, and who follows.

Cursor: "until" keeps per page the end of the last window that was read for it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from connectors.extraction import Extraction
from connectors.http import Answer
from connectors.night.followed import FollowedNight, Missing, MissingPermission
from connectors.social_networks.linkedin.api import BATCH, LinkedIn, listing, moment
from connectors.source import Page, Record, Rejected, Source, SourceError, Tombstone

PAGE_SIZE = 100
ORGANISATION = "urn:li:organization:"

_PAGE = re.compile(rf"(?:{ORGANISATION})?(\d+)")
_POST = re.compile(r"urn:li:(?:share|ugcPost|activity):\d+")
_URN = re.compile(r"urn:li:[A-Za-z]+:[\w():,-]+")


class Night(FollowedNight):
    """One night's fetch: the posts to be asked for comments, the organisations met, and which numbers are closed to the token."""

    def __init__(self, job: Extraction) -> None:
        super().__init__(job)
        self.api = LinkedIn(job)
        self.seen: set[str] = set()
        self.talks: dict[str, None] = {}
        self.actors: dict[str, None] = {}
        self.closed: set[str] = set()
        self.young = {known.native_id for known in job.young}

    def when(self, value: Any) -> datetime | None:
        """A time in epoch milliseconds, None where it is none that can be."""
        return moment(value, self.job.window.end)

    def is_wanted(self, post: Mapping[str, Any], since: datetime) -> bool:
        """Whether a post is published, and was so or was changed since; those of earlier years are not read for a late edit's sake."""
        published, changed = self.when(post.get("publishedAt") or post.get("createdAt")), self.when(post.get("lastModifiedAt"))
        if not self.is_early(published) or str(post.get("lifecycleState", "PUBLISHED")).partition("_")[0] != "PUBLISHED":
            return False
        is_known = post.get("id") in self.young
        return is_known or published is None or published >= since or bool(self.job.cursor and changed and changed >= since)

    async def posts(self, answer: Answer, items: Iterable[Any], author: str, since: datetime | None) -> AsyncIterator[Page]:
        """Posts as they were answered, each with its reactions and statistics."""
        wanted, rejected = [], []
        for item in items:
            post_id = _text(item, "id")
            if post_id is None or not _POST.fullmatch(post_id):
                rejected.append(Rejected("posts", "a post without a URN of a post", item))
            elif post_id not in self.seen and (since is None or self.is_wanted(item, since)):
                self.seen.add(post_id)
                wanted.append(item)
        for first in range(0, len(wanted), BATCH):
            part = wanted[first : first + BATCH]
            ids = [item["id"] for item in part]
            numbers = await self._numbers("socialMetadata", self._reactions(ids))
            statistics = await self._numbers("statistics", self._statistics(ids, author))
            records = []
            for item in part:
                more = {
                    name: told[item["id"]] for name, told in (("socialMetadata", numbers), ("statistics", statistics)) if item["id"] in told
                }
                published = self.when(item.get("publishedAt") or item.get("createdAt"))
                records.append(Record("posts", item["id"], {**item, **more}, published, item["id"]))
                comments = numbers.get(item["id"], {}).get("commentSummary")
                if not isinstance(comments, Mapping) or comments.get("count") != 0:
                    self.talks.setdefault(item["id"])
            yield Page(answer.url, records)
        if rejected:
            yield Page(answer.url, rejected=rejected)

    async def _numbers(self, name: str, asking: AsyncIterator[tuple[str, Any]]) -> dict[str, Mapping[str, Any]]:
        """Numbers by post; none where the permission for them is missing, which is noted once."""
        if name in self.closed:
            return {}
        try:
            return {post_id: told async for post_id, told in asking if isinstance(told, Mapping)}
        except (MissingPermission, Missing) as error:
            self.closed.add(name)
            self.lack(f"{name} of posts were", error)
            return {}

    async def _reactions(self, ids: Sequence[str]) -> AsyncIterator[tuple[str, Any]]:
        async for _, found, _ in self.api.batch("socialMetadata", ids):
            for post_id, told in found.items():
                yield post_id, told

    async def _statistics(self, ids: Sequence[str], author: str) -> AsyncIterator[tuple[str, Any]]:
        kinds = {"shares": "urn:li:share:", "ugcPosts": "urn:li:ugcPost:"}
        lists = {name: [post_id for post_id in ids if post_id.startswith(kind)] for name, kind in kinds.items()}
        query = "".join(f"&{name}={listing(part)}" for name, part in lists.items() if part)
        if not query:
            return
        path = f"organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity={quote(author, safe='')}{query}"
        elements = (await self.api.ask(path, method="FINDER")).json().get("elements")
        for element in elements if isinstance(elements, list) else ():
            post_id = _text(element, "share") or _text(element, "ugcPost")
            if post_id:
                yield post_id, element.get("totalShareStatistics")

    def comments(self, answer: Answer, items: Sequence[Any], post_id: str) -> tuple[Page, list[str]]:
        """Comments as they were answered, and those of them that were replied to."""
        records, rejected, threads = [], [], []
        for item in items:
            comment_id = _comment_id(item)
            if comment_id is None:
                rejected.append(Rejected("comments", "a comment without an id", item))
                continue
            created = item.get("created")
            published = self.when(created.get("time")) if isinstance(created, Mapping) else None
            if self.is_early(published):
                self.seen.add(comment_id)
                if (actor := _text(item, "actor")) and actor.startswith(ORGANISATION):
                    self.actors.setdefault(actor)
                records.append(Record("comments", comment_id, {**item, "post": post_id}, published, post_id))
                summary = item.get("commentsSummary")
                if isinstance(summary, Mapping) and summary.get("aggregatedTotalComments", summary.get("totalFirstLevelComments")):
                    threads.append(comment_id)
        return Page(answer.url, records, rejected=rejected), threads


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """The pages and their posts, the young posts again, the comments of all, and the organisations that wrote them."""
    night = Night(job)
    for page_id in job.settings.pages:
        try:
            async for page in _page(night, page_id):
                yield page
        except SourceError as error:
            night.fail(page_id, error)
    try:
        async for page in _young(night):
            yield page
        async for page in _all_comments(night):
            yield page
        async for page in _organisations(night):
            yield page
    except SourceError as error:
        night.lack("young posts and comments were", error)
    for page in night.last(night.api.base, job.settings.pages):
        yield page


async def check(job: Extraction) -> str:
    """The name of the first page."""
    answer, urn = await _profile(Night(job), job.settings.pages[0])
    return f"page {_text(answer.json(), 'localizedName') or urn}"


async def _profile(night: Night, page_id: str) -> tuple[Answer, str]:
    found = _PAGE.fullmatch(page_id)
    if not found:
        raise SourceError(
            f"{page_id!r} is no page's number: write that of its administration's address, linkedin.com/company/<number>/admin."
        )
    return await night.api.ask(f"organizations/{found[1]}"), f"{ORGANISATION}{found[1]}"


async def _page(night: Night, page_id: str) -> AsyncIterator[Page]:
    """A page with its followers, and its posts, the last changed first, back to when it was last read."""
    answer, urn = await _profile(night, page_id)
    night.seen.add(urn)
    followers: dict[str, Any] = {}
    try:
        size = await night.api.ask(f"networkSizes/{quote(urn, safe='')}?edgeType=COMPANY_FOLLOWED_BY_MEMBER")
        followers = {"firstDegreeSize": size.json().get("firstDegreeSize")}
    except SourceError as error:
        night.lack(f"{page_id}: its followers were", error)
    yield Page(answer.url, [Record("organisations", urn, {**answer.json(), **followers})])
    since = night.start(page_id)
    finder = f"posts?q=author&author={quote(urn, safe='')}&sortBy=LAST_MODIFIED"
    async for answer, items in night.api.pages(finder, PAGE_SIZE, night.notes, method="FINDER"):
        async for page in night.posts(answer, items, urn, since):
            yield page
        changes = [night.when(item.get("lastModifiedAt")) for item in items if isinstance(item, Mapping)]
        if changes and all(at is not None and at < since for at in changes):
            return


async def _young(night: Night) -> AsyncIterator[Page]:
    """The young posts again that were not met; those of a page come with its numbers."""
    ids = [known.lookup_key for known in night.job.young if known.entity == "posts" and known.native_id not in night.seen]
    untold = 0
    async for answer, found, gone in night.api.batch("posts", ids):
        untold += len(gone) if night.failures else 0
        deleted = [post_id for post_id, post in found.items() if post.get("lifecycleState") == "DELETED"]
        by_author: dict[str, list[Any]] = {}
        for post_id, post in found.items():
            if post_id not in deleted:
                by_author.setdefault(_text(post, "author") or "", []).append({**post, "id": post_id})
        if deleted or (gone and not night.failures):
            yield Page(answer.url, tombstones=[Tombstone("posts", post_id) for post_id in (*deleted, *([] if night.failures else gone))])
        for author, posts in by_author.items():
            async for page in night.posts(answer, posts, author, None):
                yield page
    if untold:
        night.notes.append(f"{untold} posts could not be seen; they count as there still, for a page could not be read")


async def _all_comments(night: Night) -> AsyncIterator[Page]:
    """The comments of the posts that have some, and of those that had: what a whole list lacks is deleted."""
    known: dict[str, set[str]] = {}
    for one in night.job.young:
        if one.entity == "comments":
            known.setdefault(one.lookup_key, set()).add(one.native_id)
    for post_id in dict.fromkeys((*night.talks, *known)):
        waiting, cuts = [post_id], len(night.notes)
        try:
            while waiting:
                target = quote(waiting.pop(0), safe="")
                async for answer, items in night.api.pages(f"socialActions/{target}/comments", PAGE_SIZE, night.notes):
                    page, threads = night.comments(answer, items, post_id)
                    waiting += threads
                    yield page
        except Missing as error:
            night.lack(f"{post_id}: its comments were", error)
            continue
        gone = sorted(known.get(post_id, set()) - night.seen)
        if gone and len(night.notes) == cuts:
            yield Page(night.api.base, tombstones=[Tombstone("comments", comment_id) for comment_id in gone])


async def _organisations(night: Night) -> AsyncIterator[Page]:
    """The other organisations that commented, as everybody sees them."""
    ids = [urn.removeprefix(ORGANISATION) for urn in night.actors if urn not in night.seen and _PAGE.fullmatch(urn)]
    async for answer, found, _ in night.api.batch("organizationsLookup", ids):
        yield Page(answer.url, [Record("organisations", f"{ORGANISATION}{number}", profile) for number, profile in found.items()])


def _text(value: Any, key: str) -> str | None:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, str) and found else None


def _comment_id(item: Any) -> str | None:
    """A comment's URN, put together of its parts where it is not told."""
    urn, parts = _text(item, "commentUrn"), (_text(item, "object"), _text(item, "id"))
    urn = urn or (f"urn:li:comment:({parts[0]},{parts[1]})" if all(parts) else None)
    return urn if urn and _URN.fullmatch(urn) else None


SOURCE = Source(
    platform="linkedin",
    channel="social_networks",
    entities={
        "posts": "One row per post of a followed page and change of it.",
        "comments": "One row per comment or reply below such a post and change of it.",
        "organisations": "One row per page, or organisation that commented, and change of it.",
    },
    follows=frozenset({"pages"}),
    requires=frozenset({"pages"}),
    secrets={"token": True},
    fetch=fetch,
    check=check,
    requests_per_second=2,
    access="approved app (OAuth)",
    rechecks=frozenset({"comments", "posts"}),
)
