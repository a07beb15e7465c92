"""Facebook pages: what they publish, what tags them, and the comments below, through the Graph API.

Cursor: "until" keeps per page the end of the last window that was read for it, "tagged" which pages a young post tags.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from connectors.extraction import Extraction
from connectors.http import Answer
from connectors.http.pagination import Parameters
from connectors.night.followed import MissingPermission
from connectors.social_networks.graph_api import FACEBOOK, GraphNight, text
from connectors.source import Page, Record, Rejected, Source, SourceError, Tombstone

PAGE_SIZE = 50
"""With all fields of a post the API refuses larger pages as too much data."""
COMMENTS_SIZE = 100
REACTIONS = ("like", "love", "wow", "haha", "sad", "angry")
PAGE_FIELDS = "id,name,username,link,about,website,category,fan_count,followers_count,talking_about_count,verification_status"
POST_FIELDS = ",".join(
    [
        "id,parent_id,from,message,message_tags,story,status_type,permalink_url,created_time,updated_time,shares",
        "attachments{media_type,type,title,description,url,unshimmed_url,target}",
        "comments.filter(stream).summary(true).limit(0),reactions.summary(true).limit(0)",
        *(f"reactions.type({kind.upper()}).limit(0).summary(total_count).as({kind})" for kind in REACTIONS),
    ]
)
COMMENT_FIELDS = "id,parent{id},from,message,message_tags,permalink_url,created_time,like_count,comment_count,attachment{type,title,url}"

_POST_OF_COMMENT = re.compile(r"/(\d+)/posts/(\d+)/?\?")


class Night(GraphNight):
    """One night's fetch: the pages by id, the posts that may have new comments, and who was met.

    `closed` are the pages whose tagged posts the token may not read, `mute` those whose comments it may not read.
    """

    def __init__(self, job: Extraction) -> None:
        super().__init__(job, FACEBOOK)
        tagged = job.cursor.get("tagged")
        young = {known.native_id for known in job.young}
        self.tagged: dict[str, list[str]] = {post: pages for post, pages in (tagged or {}).items() if post in young}
        self.pages: dict[str, str] = {}
        self.own: set[str] = set()
        self.seen: set[str] = set()
        self.closed: set[str] = set()
        self.mute: set[str] = set()
        self.discussed: dict[str, str] = {}
        self.met: set[str] = set()

    def author(self, item: Mapping[str, Any]) -> tuple[dict[str, Any], list[Record]]:
        """An item with its author's id alone, and the author where it is not one of the followed pages."""
        author_id = text(item.get("from"), "id")
        if author_id is None:
            return dict(item), []
        is_new = author_id not in self.met and author_id not in self.pages
        self.met.add(author_id)
        return {**item, "from": {"id": author_id}}, [Record("pages", author_id, item["from"])] if is_new else []

    def page_of(self, answer: Answer, items: Sequence[Any], tagged: str | None = None) -> Page:
        """Posts as they were answered: those of `tagged` tag that page."""
        records, rejected = [], []
        for item in items:
            post_id = text(item, "id")
            if post_id is None:
                rejected.append(Rejected("posts", "a post without an id", item))
                continue
            published = self.when(item.get("created_time"))
            if not self.is_early(published) or (tagged and post_id in self.own):
                continue
            if tagged:
                self.tagged[post_id] = sorted({*self.tagged.get(post_id, ()), tagged})
            owner = post_id.partition("_")[0]
            more: dict[str, Any] = {"tagged_pages": self.tagged[post_id]} if post_id in self.tagged else {}
            if owner in self.pages:
                more["owner_page"] = owner
                self.own.add(post_id)
            self.seen.add(post_id)
            post, authors = self.author(item)
            self.discuss(post_id, item)
            records += [*authors, Record("posts", post_id, post | more, published, post_id)]
        return Page(answer.url, records, rejected=rejected)

    def discuss(self, post_id: str, item: Mapping[str, Any]) -> None:
        """Remembers a post that may have comments since its page was read: one of the followed pages, or what tags them."""
        owner = post_id.partition("_")[0]
        name = self.pages.get(owner) or next((self.pages[page] for page in self.tagged.get(post_id, ()) if page in self.pages), None)
        summary = item.get("comments")
        count = summary.get("summary", {}) if isinstance(summary, Mapping) else {}
        moved = self.when(item.get("updated_time"))
        is_silent = isinstance(count, Mapping) and count.get("total_count") == 0
        if name and not is_silent and (moved is None or moved >= self.start(name)):
            self.discussed[post_id] = name

    def can_tell(self, entity: str, item_id: str) -> bool:
        """Whether an item that is not to be seen is deleted: the API answers alike what is deleted and what a token may not see."""
        if self.failures or entity == "comments":
            return not self.failures and not self.mute
        return item_id.partition("_")[0] in self.pages or not self.closed

    def comments(self, answer: Answer, items: Sequence[Any], post_id: str | None = None) -> Page:
        """Comments as they were answered, each with the id of its post."""
        records, rejected = [], []
        for item in items:
            comment_id = text(item, "id")
            if comment_id is None:
                rejected.append(Rejected("comments", "a comment without an id", item))
                continue
            published = self.when(item.get("created_time"))
            if self.is_early(published):
                self.seen.add(comment_id)
                comment, authors = self.author(item)
                below = post_id or _post_of(item)
                records += [
                    *authors,
                    Record("comments", comment_id, comment | ({"post_id": below} if below else {}), published, comment_id),
                ]
        return Page(answer.url, records, rejected=rejected)


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """The pages, their posts, those that tag them, the young posts and comments again, and the comments of all."""
    night = Night(job)
    for name in job.settings.pages:
        try:
            yield await _profile(night, name)
        except SourceError as error:
            night.fail(name, error)
    for page_id, name in night.pages.items():
        try:
            async for answer, items in night.graph.pages(f"{page_id}/posts", _asked(night, name), night.notes):
                yield night.page_of(answer, items)
        except SourceError as error:
            night.fail(name, error)
    for page_id, name in night.pages.items():
        try:
            async for answer, items in night.graph.pages(f"{page_id}/tagged", _asked(night, name), night.notes):
                yield night.page_of(answer, items, page_id)
        except SourceError as error:
            night.lack(f"{name}: posts that tag it were", error)
            night.closed.add(name)
    async for page in _young(night, "posts", POST_FIELDS):
        yield page
    for post_id, name in night.discussed.items():
        if name in night.mute:
            continue
        try:
            async for page in _comments(night, post_id, name):
                yield page
        except MissingPermission as error:
            night.lack(f"{name}: comments below its posts were", error)
            night.mute.add(name)
        except SourceError as error:
            night.lack(f"{post_id}: its comments were", error)
    async for page in _young(night, "comments", COMMENT_FIELDS):
        yield page
    for page in night.last(night.graph.base, job.settings.pages, tagged=night.tagged):
        yield page


async def check(job: Extraction) -> str:
    """The name of the first followed page."""
    night = Night(job)
    page = await _profile(night, job.settings.pages[0])
    return f"page {text(page.records[0].payload, 'name') or page.records[0].native_id}"


async def _profile(night: Night, name: str) -> Page:
    answer = await night.graph.ask(quote(name, safe=""), {"fields": PAGE_FIELDS})
    profile = answer.json()
    page_id = text(profile, "id")
    if page_id is None or not page_id.isdigit():
        raise SourceError(f"{answer.url} is not a page: write the page's id or name under `pages`.")
    night.pages[page_id] = name
    return Page(answer.url, [Record("pages", page_id, profile)])


def _asked(night: Night, name: str) -> Parameters:
    return {"fields": POST_FIELDS, "limit": PAGE_SIZE, **night.span(name)}


async def _young(night: Night, entity: str, fields: str) -> AsyncIterator[Page]:
    """The young items that were not met already. What cannot be seen is deleted, unless that may be for want of a permission."""
    ids = [known.lookup_key for known in night.job.young if known.entity == entity and known.native_id not in night.seen]
    untold = 0
    try:
        async for answer, found, missing in night.graph.objects(ids, fields):
            gone = [item_id for item_id in missing if night.can_tell(entity, item_id)]
            untold += len(missing) - len(gone)
            if gone:
                yield Page(night.graph.base, tombstones=[Tombstone(entity, item_id) for item_id in gone])
            if answer is not None:
                items = list(found.values())
                yield night.page_of(answer, items) if entity == "posts" else night.comments(answer, items)
    except SourceError as error:
        night.lack(f"young {entity} were", error)
    if untold:
        night.notes.append(f"{untold} {entity} could not be seen; they count as there still, for what they belong to cannot be read")


async def _comments(night: Night, post_id: str, name: str) -> AsyncIterator[Page]:
    """A post's comments and the replies to them, newest first, back to when its page was last read."""
    asked: Parameters = {"fields": COMMENT_FIELDS, "filter": "stream", "order": "reverse_chronological", "limit": COMMENTS_SIZE}
    since = night.start(name)
    async for answer, items in night.graph.pages(f"{post_id}/comments", asked, night.notes):
        yield night.comments(answer, items, post_id)
        times = [at for item in items if isinstance(item, Mapping) and (at := night.when(item.get("created_time")))]
        if times and min(times) < since:
            return


def _post_of(comment: Mapping[str, Any]) -> str | None:
    """The id of a comment's post as its address tells it."""
    found = _POST_OF_COMMENT.search(text(comment, "permalink_url") or "")
    return f"{found[1]}_{found[2]}" if found else None


SOURCE = Source(
    platform="facebook",
    channel="social_networks",
    entities={
        "posts": "One row per post of a followed page, or post that tags one, and change of it.",
        "comments": "One row per comment or reply below such a post and change of it.",
        "pages": "One row per page, or person met, and change of it.",
    },
    follows=frozenset({"pages"}),
    requires=frozenset({"pages"}),
    secrets={"token": True, "app_secret": False},
    fetch=fetch,
    check=check,
    requests_per_second=5,
    access="approved app (OAuth)",
    rechecks=frozenset({"comments", "posts"}),
)
