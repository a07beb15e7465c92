"""WordPress: the posts, comments and users of one site, by the REST API that every visitor's browser may use.

Cursor: "until" keeps per list (posts by date, posts by edit, comments) and search term the time up to which it was read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.blogs.sites import moment_of, stamp
from connectors.blogs.wordpress.api import Authors, Site, closed, count, find_site, is_id, read_until_end
from connectors.extraction import Extraction
from connectors.http import Answer, Forbidden, NotFound, Rejection, Unauthorized
from connectors.source import Page, Record, Rejected, Source, Tombstone

OVERLAP = timedelta(days=1)
BATCH = 100

_LISTS = (
    ("posts", "date", "after", "before", "date_gmt"),
    # a scheduled post is published without an edit, and an old one edited without being published
    ("posts", "modified", "modified_after", None, "modified_gmt"),
    ("comments", "date_gmt", "after", "before", "date_gmt"),
)


class Night:
    """One night's reading of one site: which items were met, who wrote them, what is still to be looked at."""

    def __init__(self, job: Extraction, site: Site) -> None:
        self.job, self.site = job, site
        self.met: dict[str, set[int]] = {"posts": set(), "comments": set()}
        self.above: dict[str, set[int]] = {"posts": set(), "comments": set()}
        self.authors = Authors(site.name)
        self.until: dict[str, str] = dict(job.cursor.get("until", {}))
        self.notes: dict[str, None] = {}
        if site.headers and not site.sees_pingbacks:
            self.notes[
                f"{site.name}: the account of secrets.application_password may not moderate comments, so pingbacks are not listed"
            ] = None
        self.has_comments = True
        self.unclear_count = 0

    def start(self, name: str) -> datetime:
        """From when on to read a list."""
        until = self.job.cursor.get("until", {}).get(name)
        if until:
            return datetime.fromisoformat(until) - OVERLAP
        return self.job.window.end - timedelta(days=self.job.settings.limits.history_days) if self.job.cursor else self.job.window.start

    async def listed(self, term: str) -> AsyncIterator[Page]:
        """What was published, edited and said since, oldest first, so that a list too long for a night goes on the next."""
        for entity, order, after, before, key in _LISTS:
            name = f"{entity} by {order} {term}".rstrip()
            if not self.may_read(entity):
                continue
            since = self.start(name)
            params = _asked(orderby=order, order="asc", search=term, **{after: stamp(since - timedelta(seconds=1))})
            params |= {before: stamp(self.job.window.end)} if before else {}
            pages = self.site.pages(f"/{entity}", params, self.job.settings.limits.max_pages)
            read_to = since
            try:
                async for answer, items in read_until_end(pages):
                    times = [
                        time
                        for item in items
                        if isinstance(item, dict) and (time := moment_of(item.get(key))) and time < self.job.window.end
                    ]
                    if order == "modified" and times and max(times) < since - OVERLAP:
                        self.notes.setdefault(
                            f"{self.site.name} does not list by {order} (WordPress before 5.7): edits of older posts are unseen"
                        )
                        break
                    yield await self.page(entity, answer, items)
                    read_to = max([read_to, *times])
            except (Unauthorized, Forbidden, NotFound) as error:
                if entity == "posts":
                    raise closed(self.site, error) from None
                self.close_comments()
                continue
            if pages.is_cut:
                self.notes.setdefault(
                    f"{self.site.name}: {name} was read up to {stamp(read_to)} only (limits.max_pages); the rest is for the next night"
                )
            self.until[name] = (min(read_to + OVERLAP, self.job.window.end) if pages.is_cut else self.job.window.end).isoformat()

    async def below(self) -> AsyncIterator[Page]:
        """The comments on the posts that a search found, of which few hold the term themselves."""
        ids = self.met["posts"] | self.young("posts").keys()
        waiting = _batches(ids if self.has_comments else ())
        while waiting:
            batch = waiting.pop()
            params = _asked(orderby="date_gmt", order="desc", post=_list(batch), before=stamp(self.job.window.end))
            pages = self.site.pages("/comments", params, self.job.settings.limits.max_pages)
            try:
                async for answer, items in read_until_end(pages):
                    yield await self.page("comments", answer, items)
            except (Unauthorized, Forbidden) as error:
                if not _is_of_a_post(error):
                    raise
                waiting += _halves(batch)
            if pages.is_cut:
                self.notes.setdefault(f"{self.site.name}: older comments on {len(batch)} posts were not read (limits.max_pages)")

    async def again(self, entity: str) -> AsyncIterator[Page]:
        """The young items that were not met tonight; each one missing in the batch is asked for alone, to learn why."""
        young = {number: native_id for number, native_id in self.young(entity).items() if number not in self.met[entity]}
        for batch in _batches(young if self.may_read(entity) else ()):
            answer, items = await self.site.items(f"/{entity}", _asked(include=_list(batch)))
            yield await self.page(entity, answer, items)
            for number in sorted(set(batch) - self.met[entity]):
                alone, found = await self.site.one(f"/{entity}/{number}")
                state = _state(found) if isinstance(found, dict) else found
                if isinstance(found, dict) and state is None and found.get("id") == number:
                    yield await self.page(entity, alone, [found])
                elif state is None:
                    self.unclear_count += 1
                else:
                    yield Page(alone.url, tombstones=[Tombstone(entity, young[number], state)])

    async def answered(self, entity: str) -> AsyncIterator[Page]:
        """What tonight's comments answer, where it was not met."""
        unmet = self.above[entity] - self.met[entity] - self.young(entity).keys()
        for batch in _batches(unmet if self.may_read(entity) else ()):
            answer, items = await self.site.items(f"/{entity}", _asked(include=_list(batch)))
            yield await self.page(entity, answer, items)

    def young(self, entity: str) -> dict[int, str]:
        """Native ids of the young by the site's number."""
        known = (one for one in self.job.young if one.entity == entity and one.lookup_key.isascii() and one.lookup_key.isdigit())
        return {int(one.lookup_key): one.native_id for one in known}

    def may_read(self, entity: str) -> bool:
        """Whether the site shows it to this client."""
        return entity == "posts" or self.has_comments

    def close_comments(self) -> None:
        """Asks for no comments any more."""
        self.has_comments = False
        self.notes.setdefault(f"{self.site.name} shows no comments to this client: only posts are read")

    async def page(self, entity: str, answer: Answer, items: Sequence[Any]) -> Page:
        """The records of one answer: posts with their number of comments, or comments, each once a night; and those who wrote them."""
        records: list[Record] = []
        rejected: list[Rejected] = []
        sound: list[tuple[int, dict[str, Any], datetime | None]] = []
        for item in items:
            if not isinstance(item, dict) or not is_id(item.get("id")):
                rejected.append(Rejected(entity, f"{answer.url}: it has no id", item))
                continue
            if item["id"] in self.met[entity]:
                continue
            published = moment_of(item.get("date_gmt"))
            self.met[entity].add(item["id"])
            if published is None or published < self.job.window.end:
                sound.append((item["id"], item, published))
        counts = await self.comment_counts([number for number, _, _ in sound]) if entity == "posts" else {}
        for number, item, published in sound:
            author_id, profile = self.authors.of(item)
            payload = {"site": self.site.name, **{key: value for key, value in item.items() if key != "_embedded"}, "author_id": author_id}
            if entity == "posts":
                native_id = f"{self.site.name}:{number}"
                payload["comment_count"] = counts.get(number)
            else:
                native_id = f"{self.site.name}:comment-{number}"
                self.above["posts"] |= {item["post"]} if is_id(item.get("post")) else set()
                self.above["comments"] |= {item["parent"]} if is_id(item.get("parent")) else set()
            records += [Record(entity, native_id, payload, published, str(number)), *profile]
        return Page(answer.url, records, rejected=rejected)

    async def comment_counts(self, ids: Sequence[int]) -> dict[int, int]:
        """How many comments each post has: of many at once where one answer can list them all, else of half as many."""
        if not ids or not self.has_comments:
            return {}
        try:
            answer, items = await self.site.items("/comments", {"post": _list(ids), "per_page": BATCH, "_fields": "post"})
        except (Unauthorized, Forbidden, NotFound) as error:
            if not _is_of_a_post(error):
                self.close_comments()
                return {}
        else:
            total = count(answer)
            if len(ids) == 1 and total is not None:
                return {ids[0]: total}
            if len(items) < BATCH or (total is not None and total <= BATCH):
                found = Counter(item["post"] for item in items if isinstance(item, dict) and is_id(item.get("post")))
                return {number: found[number] for number in ids}
        counts: dict[int, int] = {}
        for half in _halves(ids):
            counts |= await self.comment_counts(half)
        return counts

    def summary(self) -> Page:
        """Those of whom only name and address are known, the night's notes and the cursor."""
        if self.unclear_count:
            self.notes.setdefault(
                f"{self.site.name}: {self.unclear_count} young items are missing, and the site does not say why: they stay as they were"
            )
        return Page(self.site.root, self.authors.without_profile(), notes=list(self.notes), cursor={"until": self.until})


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """Posts and comments of the window, the young ones again, and what comments answer; with `terms`, what a search finds for each."""
    night = Night(job, await find_site(job))
    terms = job.settings.terms or ()
    for term in terms or ("",):
        async for page in night.listed(term):
            yield page
    if terms:
        async for page in night.below():
            yield page
    for part in (night.again, night.answered):
        for entity in ("comments", "posts"):
            async for page in part(entity):
                yield page
    yield night.summary()


async def check(job: Extraction) -> str:
    """The site's name."""
    site = await find_site(job)
    return f"{site.title or site.name}: WordPress REST API{' (?rest_route=)' if site.has_plain_addresses else ''}"


def _asked(search: str = "", **params: str | int) -> dict[str, str | int]:
    return {"per_page": BATCH, "_embed": "author", **params} | ({"search": search} if search else {})


def _list(ids: Iterable[int]) -> str:
    return ",".join(map(str, ids))


def _batches(ids: Iterable[int]) -> list[list[int]]:
    ordered = sorted(ids)
    return [ordered[first : first + BATCH] for first in range(0, len(ordered), BATCH)]


def _halves(ids: Sequence[int]) -> list[list[int]]:
    middle = len(ids) // 2
    return [list(ids[:middle]), list(ids[middle:])] if middle else []


def _is_of_a_post(error: Rejection) -> bool:
    """Whether one post's comments are refused, as those of a post with a password are, and not all comments."""
    return "rest_cannot_read_post" in error.body_excerpt


def _state(item: Mapping[str, Any]) -> Any:
    """How an item that the site still has is kept from its readers; None where it is not."""
    status = item.get("status")
    return None if status in ("publish", "approved", None) else "deleted" if status == "trash" else "hidden"


SOURCE = Source(
    platform="wordpress",
    channel="blogs",
    entities={
        "posts": "One row per version of a post: its text, its author's number, how many comments it had.",
        "comments": "One row per version of a comment, pingback or trackback.",
        "users": "One row per version of who writes: a user of the site, or the name and address that a visitor left.",
    },
    follows=frozenset({"terms"}),
    fetch=fetch,
    check=check,
    requires=frozenset({"base_url"}),
    secrets={"application_password": False},
    takes_brand_terms=False,
    access="open",
    rechecks=frozenset({"comments", "posts"}),
)
