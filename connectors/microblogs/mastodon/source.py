"""Mastodon, and every server that speaks its client API.

Cursor: "read" keeps per tag, account and search the id and time to read on from, "counts" per status how many replies and reblogs it
had when they were last listed, "followers" the same per account.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from connectors.extraction import Extraction
from connectors.http import BrokenBody, RateLimited, Rejection, Unreachable
from connectors.microblogs.mastodon.api import CLOSED, GONE, OVERLAP, SEARCH, Night
from connectors.microblogs.mastodon.objects import Met, Reading, identity, item_id
from connectors.source import Known, Page, Source, SourceError, Tombstone

BATCH_SIZE = 20
CUT_DESCENDANTS = 60
"""A context with so many answers to a guest may lack some."""


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """Statuses of tags, accounts and searches, the young ones again, then who answered and passed them on."""
    night = Night(job)
    instance = await _instance(night)
    night.software = _software(str(instance["version"]))
    closed = _closed_to(instance, is_guest=not night.headers)
    tags = (job.settings.tags or ()) if len(closed) < 2 else ()
    terms = (job.settings.terms or ()) if night.headers else ()
    if not (tags or terms or job.settings.accounts):
        raise SourceError(
            f"{night.base} leaves nothing to read: name tags or accounts, or a token under secrets for terms and closed tags."
        )
    failures: dict[str, SourceError] = {}
    followed: set[str] = set()
    follows = [
        *((tag, _tag(night, tag)) for tag in tags),
        *((account, _account(night, account, followed)) for account in job.settings.accounts),
        *((term, _search(night, term)) for term in terms),
    ]
    for name, pages in follows:
        try:
            async for page in pages:
                yield page
        except (RateLimited, Unreachable):
            raise
        except SourceError as error:
            failures[name] = error
    async for page in _observe_again(night):
        yield page
    async for page in _replies_and_reblogs(night, followed):
        yield page
    cursor = {"read": night.read, "counts": night.counts, "followers": night.followers}
    yield Page(night.base, notes=list(_notes(night, closed)), cursor=cursor)
    if failures:
        raise SourceError(f"Not read: {', '.join(failures)}. {next(iter(failures.values()))}")


async def check(job: Extraction) -> str:
    """The instance's title and version, and whether it takes the token."""
    night = Night(job)
    instance = await _instance(night)
    told = f"{instance.get('title', 'untitled')}, version {instance['version']}"
    if not night.headers:
        return told
    # the first takes tokens of an app too, and not every server has it
    if (await night.ask("/api/v1/apps/verify_credentials", absent=GONE)).status in GONE:
        await night.ask("/api/v1/accounts/verify_credentials", absent=GONE)
    return f"{told}; token accepted"


def _notes(night: Night, closed: Sequence[str]) -> Iterable[str]:
    settings = night.job.settings
    if closed and settings.tags:
        yield f"hashtags are closed for {' and '.join(closed)} statuses{'' if night.headers else ': that needs a token under secrets'}"
    if settings.terms and not night.headers and not night.job.cursor:
        yield "terms are not searched for: that needs a token under secrets; the tags are followed"
    if night.unindexed:
        yield f"left out, because their people ask not to be indexed: {len(night.unindexed)} statuses or accounts"
    if night.private:
        yield f"left out, because they are not public: {len(night.private)} statuses"


async def _instance(night: Night) -> Mapping[str, Any]:
    answer = await night.ask("/api/v2/instance", absent=GONE)
    if answer.status in GONE:
        answer = await night.ask("/api/v1/instance")
    instance = answer.json()
    if not isinstance(instance, dict) or "version" not in instance:
        raise SourceError(f"{answer.url} does not describe an instance: is {night.base} a Mastodon server?")
    return instance


def _software(version: str) -> str | None:
    """What others than Mastodon call themselves, in brackets behind the version that they resemble, such as "really snac/2.75"."""
    named = re.search(r"\(.*?([\w.-]+)[/ ]v?\d", version) or re.search(r"\(.*?([\w.-]+)", version)
    return named[1].lower() if named else "other" if "(" in version else None


def _closed_to(instance: Mapping[str, Any], *, is_guest: bool) -> list[str]:
    """Whose statuses the instance's hashtags do not show: local, remote. Servers before 4.5 do not tell."""
    access: Any = instance
    for key in ("configuration", "timelines_access", "hashtag_feeds"):
        access = access.get(key) if isinstance(access, dict) else None
    shown = {"public"} if is_guest else {"public", "authenticated"}
    return [side for side in ("local", "remote") if isinstance(access, dict) and access.get(side, "public") not in shown]


def _tag(night: Night, tag: str) -> AsyncIterator[Page]:
    name = tag.lstrip("#")
    return night.timeline(f"#{name}", f"/api/v1/timelines/tag/{quote(name, safe='')}")


def _search(night: Night, term: str) -> AsyncIterator[Page]:
    words = f'"{term}"' if night.is_mastodon else term
    return night.timeline(f"search {term}", SEARCH, {"q": words, "type": "statuses"})


async def _account(night: Night, account: str, followed: set[str]) -> AsyncIterator[Page]:
    found = await night.ask("/api/v1/accounts/lookup", {"acct": account.lstrip("@")}, absent=GONE)
    if found.status in GONE:
        yield Page(found.url, notes=[f"{night.base} knows no account {account!r}: write user@host, or user for one of its own"])
        return
    person = found.json()
    uri, account_id = identity(person), item_id(person)
    if uri is None or account_id is None:
        raise BrokenBody(f"{found.url} is not an account.")
    reading = night.reading(found)
    is_shown = reading.account(person)
    yield night.page(reading)
    if not is_shown:
        return
    followed.add(uri)
    path = f"/api/v1/accounts/{quote(account_id, safe='')}"
    async for page in night.timeline(f"@{account}", f"{path}/statuses"):
        yield page
    count, listed = person.get("followers_count"), 0
    if night.is_mastodon and night.followers.get(uri) == count:
        return
    try:
        async for page in night.people(f"{path}/followers", lambda reading, people: reading.followers(uri, people)):
            listed += len(page.records)
            yield page
    except Rejection as error:
        if error.status not in CLOSED | GONE:
            raise
    if count and not listed:
        yield Page(found.url, notes=[f"{account} does not show who follows it"])
    night.followers[uri] = count


async def _observe_again(night: Night) -> AsyncIterator[Page]:
    """The young statuses not met tonight: their counts, their edits, or that they are gone."""
    young = [known for known in night.job.young if known.entity == "statuses" and known.lookup_key not in night.met]
    has_batches, unread = True, list[str]()
    for first in range(0, len(young), BATCH_SIZE):
        missing = young[first : first + BATCH_SIZE]
        reading = await _observe_batch(night, missing) if has_batches else None
        has_batches = reading is not None or (has_batches and first > 0)
        if reading is not None:
            yield night.page(reading)
            missing = [known for known in missing if known.lookup_key not in reading.answered]
        # One by one: a list that lacks a status does not say that it is gone.
        for known in missing:
            try:
                yield await _observe(night, known)
            except (RateLimited, Unreachable):
                raise
            except SourceError as error:
                unread.append(str(error))
    if unread:
        yield Page(night.base, notes=[f"{len(unread)} young statuses could not be observed again, the first: {unread[0]}"])


async def _observe_batch(night: Night, batch: Sequence[Known]) -> Reading | None:
    """What many are answered with at once; None where that fails, as it does on servers before 4.3."""
    query = urlencode([("id[]", known.lookup_key) for known in batch])
    try:
        answer = await night.ask(f"/api/v1/statuses?{query}")
    except (RateLimited, Unreachable):
        raise
    except SourceError:
        return None
    if not isinstance(answer.json(), list):
        return None
    reading = night.reading(answer)
    reading.statuses(answer.json())
    return reading


async def _observe(night: Night, known: Known) -> Page:
    answer = await night.ask(f"/api/v1/statuses/{quote(known.lookup_key, safe='')}", absent=GONE)
    if answer.status in GONE:
        return Page(answer.url, tombstones=[Tombstone(known.entity, known.native_id)])
    reading = night.reading(answer)
    reading.statuses([answer.json()])
    return night.page(reading)


async def _replies_and_reblogs(night: Night, followed: set[str]) -> AsyncIterator[Page]:
    """Who answered and reblogged the young statuses met tonight, where the counts have moved since that was last asked."""
    first = night.job.window.end - timedelta(days=night.job.settings.limits.young_days)
    # In order of time: the context of a status holds the replies to its replies as well.
    waiting = deque(sorted(night.met.values(), key=lambda met: met.published_at or first))
    counts, queued, covered, unread = dict[str, list[int]](), set(night.met), set[str](), list[str]()
    while waiting:
        status = waiting.popleft()
        if status.status_id is None or status.is_reblog or status.published_at is None or status.published_at < first:
            continue
        has_replies, has_reblogs = _is_due(night, status, followed)
        try:
            if has_replies and status.status_id not in covered:
                page, found, descendants = await _context(night, status.status_id)
                yield page
                if night.headers or len(descendants) < CUT_DESCENDANTS:
                    covered |= descendants
                fresh = {met.status_id: met for met in found if met.status_id and met.status_id not in queued}
                waiting += fresh.values()
                queued |= fresh.keys()
            if has_reblogs:
                async for page in _reblogs(night, status.status_id, status.uri):
                    yield page
            if status.replies_count or status.reblogs_count or not night.is_mastodon:
                counts[status.status_id] = [status.replies_count, status.reblogs_count]
        except (RateLimited, Unreachable):
            raise
        except SourceError as error:
            unread.append(str(error))
    night.counts = counts
    if unread:
        yield Page(night.base, notes=[f"replies or reblogs of {len(unread)} statuses could not be read, the first: {unread[0]}"])


def _is_due(night: Night, status: Met, followed: set[str]) -> tuple[bool, bool]:
    """Whether to ask for a status's replies, and for its reblogs.

    Where counts may always be 0, a followed account's own statuses are asked for when they are new, and again for two days.
    """
    before = night.counts.get(str(status.status_id))
    is_recent = status.published_at is not None and status.published_at >= night.job.window.end - OVERLAP
    if not night.is_mastodon and status.account_uri in followed and (before is None or is_recent):
        return True, True
    replies_count, reblogs_count = before or (0, 0)
    return status.replies_count != replies_count, status.reblogs_count != reblogs_count


async def _context(night: Night, status_id: str) -> tuple[Page, Sequence[Met], set[str]]:
    """A status's thread, the statuses in it, and the ids of those that answer."""
    answer = await night.ask(f"/api/v1/statuses/{quote(status_id, safe='')}/context", absent=GONE)
    thread = {"ancestors": [], "descendants": []} if answer.status in GONE else answer.json()
    sides = [thread.get(side) if isinstance(thread, dict) else None for side in ("ancestors", "descendants")]
    reading = night.reading(answer)
    for side in sides:
        if not isinstance(side, list):
            raise BrokenBody(f"{answer.url} is not the context of a status.")
        reading.statuses(side)
    return night.page(reading), reading.met, {reply_id for reply in sides[1] or [] if (reply_id := item_id(reply))}


def _reblogs(night: Night, status_id: str, uri: str) -> AsyncIterator[Page]:
    def add(reading: Reading, people: Sequence[Any]) -> None:
        reading.reblogs(uri, people)

    return night.people(f"/api/v1/statuses/{quote(status_id, safe='')}/reblogged_by", add)


SOURCE = Source(
    platform="mastodon",
    channel="microblogs",
    entities={
        "accounts": "One row per account and change of it, its counts included.",
        "statuses": "One row per status and change of it, its counts included.",
        "reblogs": "One row per status and account that reblogged it.",
        "follows": "One row per follower of a followed account.",
    },
    follows=frozenset({"tags", "accounts", "terms"}),
    requires=frozenset({"base_url"}),
    fetch=fetch,
    check=check,
    secrets={"token": False},
    requests_per_second=1.0,
    access="open; secrets.token for terms and closed instances",
    rechecks=frozenset({"statuses"}),
)
