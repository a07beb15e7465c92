"""Mastodon, and every server that speaks its client API.

Cursor: "newest" keeps per tag and account the id it was read to, "answers" per status how many replies and reblogs it had when they
were last read, "followers" per account how many followers it had when they were last listed.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from connectors.http import Answer, RateLimited, Rejection, Unreachable
from connectors.pagination import Pages, link_header
from connectors.source import Extraction, Known, Page, Record, Rejected, Source, SourceError, Tombstone

PAGE_SIZE = 40
BATCH_SIZE = 20
GONE = frozenset({404, 410})
CLOSED = frozenset({401, 403, 422})
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass
class Night:
    """What one night's fetch carries from request to request."""

    job: Extraction
    newest: dict[str, str] = field(default_factory=dict)
    answers: dict[str, list[int]] = field(default_factory=dict)
    followers: dict[str, int] = field(default_factory=dict)
    seen: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    unindexed: int = 0
    counts_are_kept: bool = True

    @property
    def base(self) -> str:
        return str(self.job.settings.base_url).rstrip("/")

    @property
    def headers(self) -> dict[str, str]:
        token = self.job.settings.secret("token")
        return {"Authorization": f"Bearer {token}"} if token else {}

    async def ask(self, path: str, absent: frozenset[int] = frozenset(), **params: str | int) -> Answer:
        return await self.job.http.get_json(f"{self.base}{path}", params=params, headers=self.headers, absent=absent)

    def page(self, answer: Answer, statuses: Sequence[Any], more: Sequence[Record] = ()) -> Page:
        """These statuses, those they reblog and quote, and all their accounts."""
        records, rejected = list(more), []
        for status in statuses:
            if not isinstance(status, dict) or not status.get("uri") or not _is_account(status.get("account")):
                rejected.append(Rejected("statuses", f"{answer.url}: not a status", status))
                continue
            if status["account"].get("noindex"):
                self.unindexed += 1
                continue
            found = _status_records(status, self.base, self.job.window.end)
            records += [record for record in found if record.published_at is None or record.published_at < self.job.window.end]
        for record in records:
            if record.entity == "statuses" and record.lookup_key:
                self.seen[record.lookup_key] = record.payload
        return Page(answer.url, records, rejected=rejected)


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """Statuses of tags, accounts and searches, the young ones again, then who answered and passed them on."""
    cursor = job.cursor
    night = Night(job, dict(cursor.get("newest", {})), dict(cursor.get("answers", {})), dict(cursor.get("followers", {})))
    night.counts_are_kept = "compatible" not in str((await _instance(night)).get("version", ""))
    failures: list[str] = []
    follows = [
        *(_tag(night, tag) for tag in job.settings.tags or ()),
        *(_account(night, account) for account in job.settings.accounts),
        *(_search(night, term) for term in (job.settings.terms or ()) if night.headers),
    ]
    for follow in follows:
        try:
            async for page in follow:
                yield page
        except (RateLimited, Unreachable):
            raise
        except SourceError as error:
            failures.append(str(error))
    async for page in _observe_again(night):
        yield page
    async for page in _answers(night):
        yield page
    notes = []
    if night.unindexed:
        notes.append(f"{night.unindexed} statuses were left out: their authors ask not to be indexed")
    if job.settings.terms and not night.headers and not cursor:
        notes.append("terms are searched only with secrets.token; without it the tags are followed")
    new_cursor = {"newest": night.newest, "answers": night.answers, "followers": night.followers}
    yield Page(night.base, notes=notes, cursor=new_cursor)
    if failures:
        raise SourceError("\n".join(failures))


async def check(job: Extraction) -> str:
    """The instance's title and version."""
    instance = await _instance(Night(job))
    return f"{instance.get('title', 'untitled')}, version {instance.get('version', 'unknown')}"


async def _instance(night: Night) -> Mapping[str, Any]:
    answer = await night.ask("/api/v2/instance", GONE)
    if answer.status in GONE:
        answer = await night.ask("/api/v1/instance")
    instance = answer.json()
    if not isinstance(instance, dict):
        raise SourceError(f"{answer.url} does not describe an instance: is {night.base} a Mastodon server?")
    return instance


async def _tag(night: Night, tag: str) -> AsyncIterator[Page]:
    name = tag.lstrip("#")
    async for page in _timeline(night, f"#{name}", f"/api/v1/timelines/tag/{quote(name, safe='')}"):
        yield page


async def _account(night: Night, account: str) -> AsyncIterator[Page]:
    found = await night.ask("/api/v1/accounts/lookup", GONE, acct=account.lstrip("@"))
    if found.status in GONE:
        raise SourceError(f"{night.base} knows no account {account!r}: write user@host, or user for one of its own")
    person = found.json()
    uri = _uri(person)
    if person.get("suspended"):
        yield Page(found.url, tombstones=[Tombstone("accounts", uri, "suspended")])
        return
    yield night.page(found, [], [_account_record(person, night.base)])
    async for page in _timeline(night, f"@{account}", f"/api/v1/accounts/{quote(str(person['id']), safe='')}/statuses"):
        yield page
    if night.followers.get(uri) == person.get("followers_count"):
        return
    pages = Pages(
        night.job.http,
        f"{night.base}/api/v1/accounts/{quote(str(person['id']), safe='')}/followers",
        link_header,
        max_pages=night.job.settings.limits.max_pages,
        params={"limit": 80},
        headers=night.headers,
    )
    try:
        async for answer in pages:
            people = list(filter(_is_account, answer.json()))
            records = [_account_record(follower, night.base) for follower in people]
            for follower in people:
                follow = {"follower_uri": _uri(follower), "followed_uri": uri, "instance": night.base}
                records.append(Record("follows", f"{_uri(follower)} {uri}", follow))
            yield night.page(answer, [], records)
    except Rejection as error:
        if error.status not in CLOSED | GONE:
            raise
        yield Page(night.base, notes=[f"@{account} does not show who follows it"])
    night.followers[uri] = person.get("followers_count")
    if pages.is_cut:
        yield Page(night.base, notes=[f"@{account}: followers were read up to limits.max_pages only"])


async def _search(night: Night, term: str) -> AsyncIterator[Page]:
    async for page in _timeline(night, f"search {term}", "/api/v2/search", q=f'"{term}"', type="statuses"):
        yield page


async def _timeline(night: Night, name: str, path: str, **params: str) -> AsyncIterator[Page]:
    """Statuses before the window's end: on the first night newest first back to its start, then oldest first from the newest read.

    A server that knows no min_id or max_id answers with the same page again: a page with nothing new is the last.
    """
    job, known = night.job, night.newest.get(name)
    seen: set[str] = set()
    place: dict[str, str | int] = {"min_id": known} if known else {}
    for page_number in itertools.count(1):
        answer = await night.ask(path, CLOSED, limit=PAGE_SIZE, **params, **place)
        if answer.status in CLOSED:
            raise SourceError(f"{name} is closed to guests at {night.base} ({answer.status}): give a token under secrets")
        body = answer.json()
        statuses = body.get("statuses") if isinstance(body, dict) else body
        if not isinstance(statuses, list):
            raise SourceError(f"{answer.url} is not a list of statuses")
        fresh = [status for status in statuses if not isinstance(status, dict) or str(status.get("id")) not in seen]
        ids = [str(status["id"]) for status in fresh if isinstance(status, dict) and status.get("id")]
        if not ids:
            return
        seen.update(ids)
        yield night.page(answer, fresh)
        times = [(_time(status, job.window.end) or EARLIEST, str(status["id"])) for status in fresh if isinstance(status, dict) and status.get("id")]
        read = [pair for pair in times if pair[0] < job.window.end]
        if read and (known or page_number == 1 or name not in night.newest):
            night.newest[name] = max(read)[1]
        if known and len(read) < len(times) or not known and min(times)[0] < job.window.start:
            return
        place = {"min_id": max(times)[1]} if known else {"max_id": min(times)[1]}
        if page_number == job.settings.limits.max_pages:
            yield Page(answer.url, notes=[f"{name}: more statuses than limits.max_pages allows; the rest was not read"])
            return


async def _observe_again(night: Night) -> AsyncIterator[Page]:
    """The young statuses not met tonight: their counts, their edits, or that they are gone."""
    young = [known for known in night.job.young if known.entity == "statuses" and known.lookup_key not in night.seen]
    for first in range(0, len(young), BATCH_SIZE):
        batch = young[first : first + BATCH_SIZE]
        query = "&".join(f"id[]={quote(known.lookup_key, safe='')}" for known in batch)
        answer = await night.job.http.get_json(
            f"{night.base}/api/v1/statuses?{query}", headers=night.headers, absent=frozenset({400, 405}) | CLOSED | GONE
        )
        if answer.status != 200 or not isinstance(answer.json(), list):
            async for page in _observe_singly(night, young[first:]):
                yield page
            return
        statuses = answer.json()
        there = {str(status.get("id")) for status in statuses if isinstance(status, dict)}
        gone = [Tombstone(known.entity, known.native_id) for known in batch if known.lookup_key not in there]
        page = night.page(answer, statuses)
        yield Page(page.url, page.records, gone, page.rejected)


async def _observe_singly(night: Night, young: Sequence[Known]) -> AsyncIterator[Page]:
    """For servers before 4.3 and others without the batch call."""
    unseen = 0
    for known in young:
        answer = await night.ask(f"/api/v1/statuses/{quote(known.lookup_key, safe='')}", CLOSED | GONE)
        if answer.status in GONE:
            yield Page(answer.url, tombstones=[Tombstone(known.entity, known.native_id)])
        elif answer.status in CLOSED:
            unseen += 1
        else:
            yield night.page(answer, [answer.json()])
    if unseen:
        yield Page(night.base, notes=[f"{unseen} young statuses are closed to guests and were not observed again"])


async def _answers(night: Night) -> AsyncIterator[Page]:
    """Replies and reblogs of the statuses met tonight whose counts have moved; of all of them where a server keeps no counts."""
    met, unread, read = dict(night.seen), 0, dict[str, list[int]]()
    for status_id, status in met.items():
        counts = [int(status.get(name) or 0) for name in ("replies_count", "reblogs_count")]
        before = night.answers.get(status_id, [0, 0])
        path = f"/api/v1/statuses/{quote(status_id, safe='')}"
        if status_id not in read and (counts[0] != before[0] or not night.counts_are_kept):
            answer = await night.ask(f"{path}/context", CLOSED | GONE)
            unread += answer.status in CLOSED
            if answer.status == 200 and isinstance(answer.json(), dict):
                page = night.page(answer, answer.json().get("descendants") or [])
                replies = [record for record in page.records if record.entity == "statuses" and record.lookup_key]
                read |= {str(reply.lookup_key): [int(reply.payload.get("replies_count") or 0), 0] for reply in replies}
                yield page
        if counts[1] != before[1] or not night.counts_are_kept:
            async for page in _reblogs(night, status, f"{path}/reblogged_by"):
                yield page
        read[status_id] = counts
    night.answers = {status_id: counts for status_id, counts in read.items() if any(counts)}
    if unread:
        yield Page(night.base, notes=[f"the replies of {unread} statuses are closed to guests"])


async def _reblogs(night: Night, status: Mapping[str, Any], path: str) -> AsyncIterator[Page]:
    answer = await night.ask(path, CLOSED | GONE, limit=80)
    people = answer.json() if answer.status == 200 and isinstance(answer.json(), list) else []
    records = []
    for person in filter(_is_account, people):
        records.append(_account_record(person, night.base))
        reblog = {"status_uri": status["uri"], "account": _reference(person), "instance": night.base}
        records.append(Record("reblogs", f"{status['uri']} {_uri(person)}", reblog))
    if records:
        yield night.page(answer, [], records)


def _status_records(status: Mapping[str, Any], instance: str, end: datetime) -> Iterator[Record]:
    """A status without what it embeds, and what it embeds: its account, the status that it reblogs or quotes."""
    yield _account_record(status["account"], instance)
    payload = {**status, "account": _reference(status["account"]), "instance": instance}
    quoted = status.get("quote")
    inner = quoted.get("quoted_status") if isinstance(quoted, dict) else None
    for key, embedded in (("reblog", status.get("reblog")), ("quote", inner)):
        if isinstance(embedded, dict) and _is_account(embedded.get("account")) and embedded.get("uri"):
            reference = {"id": embedded.get("id"), "uri": embedded["uri"], "account": _reference(embedded["account"])}
            payload[key] = {**status["quote"], "quoted_status": reference} if key == "quote" else reference
            yield from _status_records(embedded, instance, end)
    yield Record("statuses", str(status["uri"]), payload, _time(status, end), str(status["id"]) if status.get("id") else None)


def _account_record(account: Mapping[str, Any], instance: str) -> Record:
    return Record("accounts", _uri(account), {**account, "instance": instance})


def _is_account(value: Any) -> bool:
    return isinstance(value, dict) and bool(value.get("uri") or value.get("url"))


def _reference(account: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": account.get("id"), "uri": _uri(account), "acct": account.get("acct")}


def _uri(account: Mapping[str, Any]) -> str:
    return str(account.get("uri") or account.get("url"))


def _time(status: Mapping[str, Any], end: datetime) -> datetime | None:
    """When a status was written; None where it says nothing, or a time before the web or well after the window."""
    try:
        moment = datetime.fromisoformat(str(status.get("created_at"))).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if EARLIEST <= moment < end + timedelta(days=2) else None


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
)
