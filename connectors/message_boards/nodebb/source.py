"""NodeBB: the topics that were written in lately, each read from its end as far back as is wanted, and their authors.

Cursor: "until" keeps per followed category, and as "*" for the whole forum, the end of the last window that was read for it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

from connectors.extraction import Extraction
from connectors.http import RateLimited, Unreachable
from connectors.message_boards.nodebb.api import Api, Kind, Refusal, is_set, own_id, page_count
from connectors.message_boards.nodebb.night import Night, deleted
from connectors.night.following import each, raise_for, start, until
from connectors.source import Known, Page, Record, Source, SourceError, Tombstone

OVERLAP = timedelta(days=1)
"""So much is read again each night: the first edits, and what moderators let through late."""
WHOLE = "*"
_LISTS = ("posts", "topics", "latestPosts", "bestPosts")


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """The window's posts of the whole forum or of the followed categories, the young ones again, and their authors' profiles."""
    night = Night(job)
    failures: dict[str, SourceError] = {}
    names = job.settings.communities or (WHOLE,)
    async for page in each(names, partial(_listed, night), failures):
        yield page
    night.waiting += dict.fromkeys((*night.due, *night.young, *night.old))
    while night.waiting:
        async for page in each([night.waiting.popleft()], partial(_topic, night), failures):
            yield page
    async for page in _profiles(night):
        yield page
    yield Page(night.api.site, notes=list(night.summary()), cursor={"until": until(job, names)})
    raise_for(failures)


async def check(job: Extraction) -> str:
    """The title of the topic that was written in last."""
    _, body = await Api(job).ask("the list of topics", "/recent")
    topics = body.get("topics")
    newest = topics[0] if isinstance(topics, list) and topics else None
    return f"newest topic: {newest.get('title')}" if isinstance(newest, dict) else "no topics"


async def _listed(night: Night, name: str) -> AsyncIterator[Page]:
    """The topics of what is followed."""
    since = start(night.job, name, OVERLAP)
    if name != WHOLE:
        async for page in _category(night, name.partition("/")[0], since, deque()):
            yield page
        return
    async for url, topics, _ in night.api.pages("the list of topics", "/recent", "topics"):
        rejected, is_past = night.want(topics, since)
        yield Page(url, rejected=rejected)
        if is_past:
            return
    async for page in _categories(night, since):
        yield page


async def _categories(night: Night, since: datetime) -> AsyncIterator[Page]:
    """All categories, for the list of the whole forum ends after its last 200 topics or so."""
    waiting, asked = deque[str](), set[str]()
    async for _, categories, _ in night.api.pages("the list of categories", "/categories", "categories"):
        waiting += _cids(categories)
    while waiting:
        cid = waiting.popleft()
        if cid not in asked:
            asked.add(cid)
            try:
                async for page in _category(night, cid, since, waiting):
                    yield page
            except Refusal as refusal:
                night.api.notes.append(str(refusal))


async def _category(night: Night, cid: str, since: datetime, below: deque[str]) -> AsyncIterator[Page]:
    """The topics of a category, pinned ones first, then the last written in; `below` gets the categories in it."""
    pages = night.api.pages(f"category {cid}", f"/category/{quote(cid, safe='')}", "topics", sort="newest_to_oldest")
    async for url, topics, body in pages:
        below += _cids(body.get("children"))
        rejected, is_past = night.want(topics, since)
        yield Page(url, rejected=rejected)
        if is_past:
            return


async def _topic(night: Night, tid: str) -> AsyncIterator[Page]:
    """A topic's first page, then its last ones down to where nothing is wanted any more."""
    api, young, old = night.api, night.young.pop(tid, set()), night.old.pop(tid, set())
    since = night.due.get(tid, night.end)
    floor = night.end - timedelta(days=night.job.settings.limits.young_days + 1)
    what, path, order = f"topic {tid}", f"/topic/{quote(tid, safe='')}", {"sort": "oldest_to_newest"}
    try:
        url, body = await api.ask(what, path, page=1, **order)
    except Refusal as refusal:
        night.closed_count += tid in night.due
        if lost := young - night.told:
            yield await _lost(night, tid, lost, refusal.kind)
        for native_id in sorted(old - night.told):
            yield await _old(night, tid, native_id, closed=refusal.kind)
        return
    yield night.page(url, body, tid, since, young | old)[0]
    count, oldest = page_count(body) if tid in night.due or young else 1, night.end
    for number in range(count, 1, -1):
        if oldest < since and (young <= night.told or oldest < floor):
            break
        if count - number >= night.job.settings.limits.max_pages - 1:
            api.notes.append(f"{what}: more pages than limits.max_pages allows; the older ones were not read")
            young = set()
            break
        url, body = await api.ask(what, path, page=number, **order)
        page, oldest = night.page(url, body, tid, since, young | old)
        yield page
    for native_id in sorted(young - night.told - night.traced):
        yield await _lost(night, tid, {native_id})
    for native_id in sorted(old - night.told):
        yield await _old(night, tid, native_id, main=api.global_id(body.get("mainPid")))


async def _lost(night: Night, tid: str, lost: set[str], closed: Kind | None = None) -> Page:
    """Young posts that are not where they were: gone, or moved to a topic that is read next. A closed topic's went the same way."""
    traced = min(lost)
    night.traced.add(traced)
    url, post = await night.api.post(traced)
    home = own_id(post.get("tid")) if post else None
    if home is None or (closed and home == tid):
        return Page(url, tombstones=[Tombstone("posts", native_id, closed or "deleted") for native_id in sorted(lost)])
    if home != tid:
        night.young.setdefault(home, set()).update(lost)
        night.waiting.append(home)
    return Page(url)


async def _old(night: Night, tid: str, native_id: str, *, main: str | None = None, closed: Kind | None = None) -> Page:
    """Whether an old post is still there, asked for alone: what a topic's first page does not show may be on any other.

    main: a post that is there; a forum that does not tell of it by its number either tells nothing by that.
    """
    api = night.api
    url, post = await api.post(native_id)
    if post is None and main and not api.tells_posts:
        await api.post(main)
    if post is None and (closed or api.tells_posts):
        return Page(url, tombstones=[Tombstone("posts", native_id, closed or "deleted")])
    if post and is_set(post.get("deleted")):
        return Page(url, tombstones=[deleted(post, native_id)])
    if post and closed and own_id(post.get("tid")) == tid:
        return Page(url, tombstones=[Tombstone("posts", native_id, closed)])
    return Page(url, still=[Known("posts", native_id, tid, is_old=True)])


async def _profiles(night: Night) -> AsyncIterator[Page]:
    """The profile of each author met; where it is closed, what the posts say of them."""
    api, is_open, unread = night.api, True, list[str]()
    for native_id, user in night.authors.items():
        url, profile, slug = api.site, user, user.get("userslug")
        if is_set(user.get("banned")):
            yield Page(url, tombstones=[Tombstone("users", native_id, "suspended")])
            continue
        if is_open and isinstance(slug, str) and slug:
            try:
                url, found = await api.ask(f"account {slug}", f"/user/{quote(slug, safe='')}")
                profile = found if api.global_id(found.get("uid")) == native_id else user
            except (RateLimited, Unreachable):
                raise
            except SourceError as error:
                is_open = not (isinstance(error, Refusal) and error.kind == "hidden")
                unread.append(str(error))
        payload = {key: value for key, value in profile.items() if key not in _LISTS}
        yield Page(url, [Record("users", native_id, {**payload, "site": api.site})])
    if not is_open:
        api.notes.append("profiles are closed: followers are not known, the rest of an account is what its posts say")
    elif unread:
        api.notes.append(f"{len(unread)} profiles could not be read, the first: {unread[0]}")


def _cids(categories: Any) -> list[str]:
    """The ids of listed categories and of those below them."""
    found = list[str]()
    for category in categories if isinstance(categories, list) else ():
        if isinstance(category, dict):
            cid = own_id(category.get("cid"))
            found += [cid] if cid and not category.get("link") else []
            found += _cids(category.get("children"))
    return found


SOURCE = Source(
    platform="nodebb",
    channel="message_boards",
    entities={
        "posts": "One row per post (a topic's first or a reply) and change of it.",
        "users": "One row per account and change of it.",
    },
    follows=frozenset({"communities"}),
    requires=frozenset({"base_url"}),
    secrets={"token": False},
    fetch=fetch,
    check=check,
    requests_per_second=2,
    rechecks=frozenset({"posts"}),
)
