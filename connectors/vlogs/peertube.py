"""PeerTube: videos that one instance shows of followed channels and accounts or finds for a term, their comments, authors and followers.

A video's author is its channel, which is what people follow; a comment's is an account. Cursor: "until" keeps per followed name the
end of the last window that was read for it, "comments" how many comments a young video had when they were read, "followers" how many
followers a channel or account had when these were read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

from connectors.extraction import Extraction
from connectors.http import Answer, BrokenBody
from connectors.night.following import each, moment, raise_for, start, until
from connectors.source import Page, Record, Rejected, Source, SourceError, Tombstone

OVERLAP = timedelta(days=3)
"""What other instances publish arrives late, under the time when it was published."""
PAGE_SIZE = 100
_ABSENT = frozenset({400, 403, 404, 410})


class NotShown(SourceError):
    """The instance does not show one list; others may be open."""


class Night:
    """One night's fetch: the instance, the videos to look at, and what was met."""

    def __init__(self, job: Extraction) -> None:
        self.job = job
        self.base = f"{str(job.settings.base_url).rstrip('/').removesuffix('/api/v1')}/api/v1"
        self.young = {known.lookup_key: known.native_id for known in job.young if known.entity == "videos"}
        self.young_comments = {known.native_id: known.lookup_key for known in job.young if known.entity == "comments"}
        self.waiting: dict[str, None] = {}
        self.counts: dict[str, int] = {}
        self.authors: set[str] = set()
        self.followers: dict[str, int] = {**job.cursor.get("followers", {})}
        self.notes: list[str] = []

    async def ask(self, path: str, **params: str | int) -> Answer:
        """One answer; a status in _ABSENT is for the caller to read."""
        return await self.job.http.get_json(f"{self.base}{path}", params=params, absent=_ABSENT)

    async def listed(self, what: str, path: str, **params: str | int) -> AsyncIterator[tuple[str, list[Any]]]:
        """The rows of a list, page by page. Raises NotShown."""
        for number in range(self.job.settings.limits.max_pages):
            answer = await self.ask(path, start=number * PAGE_SIZE, count=PAGE_SIZE, **params)
            if answer.status in _ABSENT:
                raise NotShown(f"{answer.url} answered {answer.status} ({_detail(answer)}): check the name.")
            body = answer.json()
            rows = body.get("data") if isinstance(body, dict) else None
            if not isinstance(rows, list):
                raise BrokenBody(f"{answer.url} is no list: is this PeerTube?")
            yield answer.url, rows
            if len(rows) < PAGE_SIZE:
                return
        self.notes.append(f"{what}: more than limits.max_pages allows; the rest was not read")

    async def listed_followers(self, url: str, page: int) -> tuple[str, list[str], bool] | None:
        """A page of a collection of followers: where it is, their addresses, and whether it is the last; None where it is not shown."""
        try:
            answer = await self.job.http.get_json(
                url, params={"page": page}, headers={"accept": "application/activity+json"}, absent=_ABSENT | {401}
            )
        except BrokenBody:
            return None
        body = answer.json() if answer.status not in _ABSENT | {401} else None
        items = body.get("orderedItems") if isinstance(body, dict) else None
        if not isinstance(body, dict) or not isinstance(items, list):
            return None
        addresses = [item for item in items if isinstance(item, str) and item.startswith(("https://", "http://"))]
        return answer.url, addresses, not body.get("next") or not items

    def author(self, author: Any, records: list[Record]) -> str | None:
        """An account's or channel's address; one that tells how many follow it becomes a record, once a night."""
        url = author.get("url") if isinstance(author, dict) else None
        if not isinstance(author, dict) or not isinstance(url, str) or not url.startswith(("https://", "http://")):
            return None
        if url not in self.authors and isinstance(author.get("followersCount"), int):
            self.authors.add(url)
            owner = author.get("ownerAccount")
            named = {"url": owner.get("url")} if isinstance(owner, dict) else None
            self.author(owner, records)
            records.append(
                Record("accounts", url, {key: value for key, value in author.items() if key != "ownerAccount"} | {"owner": named})
            )
        return url


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """Videos of the window, the young ones again, the comments of those where their number changed, and all their authors."""
    night, failures = Night(job), dict[str, SourceError]()
    names = [*(f"@{account.lstrip('@')}" for account in job.settings.accounts), *(job.settings.terms or ())]
    async for page in each(names, partial(_find, night), failures):
        yield page
    async for page in each((name for name in names if name.startswith("@")), partial(_followers, night), failures):
        yield page
    before: Mapping[str, Any] = job.cursor.get("comments", {})
    for uuid in [*night.waiting, *(key for key in night.young if key not in night.waiting)]:
        async for page in _video(night, uuid, before.get(uuid)):
            yield page
    yield Page(night.base, notes=night.notes, cursor={"until": until(job, names), "comments": night.counts, "followers": night.followers})
    raise_for(failures)


async def check(job: Extraction) -> str:
    """The instance's name and version."""
    body = (await Night(job).ask("/config")).json()
    told = body if isinstance(body, dict) else {}
    instance = told.get("instance")
    return f"{instance.get('name') if isinstance(instance, dict) else job.settings.base_url} (PeerTube {told.get('serverVersion')})"


async def _find(night: Night, name: str) -> AsyncIterator[Page]:
    """Notes the videos of the window that an account, a channel or a search lists, newest first."""
    since, end = start(night.job, name, OVERLAP), night.job.window.end
    if name.startswith("@"):
        path = f"/video-channels/{quote(name[1:], safe='@')}/videos"
        if (await night.ask(f"/video-channels/{quote(name[1:], safe='@')}")).status in _ABSENT:
            path = f"/accounts/{quote(name[1:], safe='@')}/videos"
        asked: dict[str, str | int] = {"sort": "-publishedAt"}
    else:
        path = "/search/videos"
        asked = {
            "search": name,
            "sort": "-publishedAt",
            "startDate": since.isoformat(),
            "endDate": end.isoformat(),
            "searchTarget": "local",
        }
    async for url, rows in night.listed(name, path, **asked):
        rejected, times = list[Rejected](), list[datetime]()
        for row in rows:
            uuid = row.get("uuid") if isinstance(row, dict) else None
            if not isinstance(uuid, str):
                rejected.append(Rejected("videos", f"{url}: a video without uuid", row))
                continue
            published = moment(row.get("publishedAt"), end)
            times += [published] if published else []
            if published is None or since <= published < end:
                night.waiting[uuid] = None
        yield Page(url, rejected=rejected)
        if times and max(times) < since:
            return


async def _followers(night: Night, name: str) -> AsyncIterator[Page]:
    """Who follows a channel or account of this instance, where their number changed.

    The REST API tells it to the owner alone; what other servers are told (ActivityPub, ten a page, without dates) is open to all.
    """
    root, (short, _, host) = night.base.removesuffix("/api/v1"), name[1:].partition("@")
    if host not in {"", urlsplit(root).hostname}:
        night.notes.append(f"followers of {name} were not read: its own instance tells them")
        return
    for path in (f"/video-channels/{quote(short, safe='')}", f"/accounts/{quote(short, safe='')}"):
        answer = await night.ask(path)
        if answer.status not in _ABSENT:
            break
    body = {} if answer.status in _ABSENT else answer.json()
    followed, count = (body.get("url"), body.get("followersCount")) if isinstance(body, dict) else (None, None)
    if not isinstance(followed, str) or not isinstance(count, int) or night.followers.get(followed, 0) == count:
        return
    for page in range(1, night.job.settings.limits.max_pages + 1):
        listed = await night.listed_followers(f"{root}{path}/followers", page)
        if listed is None:
            night.notes.append(f"followers of {name} were not read: {root}{path}/followers is no list of them for guests")
            return
        url, addresses, is_last = listed
        payloads = [{"follower": {"url": address}, "followed": {"url": followed}} for address in addresses]
        yield Page(url, [Record("follows", f"{payload['follower']['url']} {followed}", payload) for payload in payloads])
        if is_last:
            break
    else:
        night.notes.append(f"followers of {name}: more than limits.max_pages allows; the rest was not read")
    night.followers[followed] = count


async def _video(night: Night, uuid: str, known_count: Any) -> AsyncIterator[Page]:
    """A video as it stands now, and its comments where their number changed or is not told."""
    answer = await night.ask(f"/videos/{quote(uuid, safe='')}")
    if answer.status in _ABSENT:
        gone = [Tombstone("videos", night.young[uuid], "hidden" if answer.status == 403 else "deleted")] if uuid in night.young else []
        yield Page(answer.url, tombstones=gone)
        return
    video = answer.json()
    address = video.get("url") if isinstance(video, dict) else None
    if not isinstance(video, dict) or not isinstance(address, str):
        yield Page(answer.url, rejected=[Rejected("videos", f"{answer.url}: no video", video)])
        return
    published, records = moment(video.get("publishedAt"), night.job.window.end), list[Record]()
    if published and published >= night.job.window.end:
        return
    named = {key: {"url": night.author(video.get(key), records)} for key in ("channel", "account")}
    payload = {key: value for key, value in video.items() if key not in {"files", "streamingPlaylists", "trackerUrls"}} | named
    yield Page(answer.url, [*records, Record("videos", address, payload, published, uuid)])
    count = video.get("comments")
    night.counts[uuid] = count if isinstance(count, int) else -1
    if not isinstance(count, int) or (count and count != known_count):
        try:
            async for page in _comments(night, uuid, address):
                yield page
        except NotShown as error:
            night.counts[uuid] = -1
            night.notes.append(f"comments were not read: {error}")


async def _comments(night: Night, uuid: str, video: str) -> AsyncIterator[Page]:
    """All comments below a video; young ones that are missing there are gone."""
    seen: set[str] = set()
    path = f"/videos/{quote(uuid, safe='')}/comment-threads"
    async for url, rows in night.listed(f"comments of {video}", path, sort="-createdAt"):
        comments = list(rows)
        for row in rows:
            if isinstance(row, dict) and row.get("totalReplies") and isinstance(row.get("id"), int):
                answer = await night.ask(f"{path}/{row['id']}")
                comments += _replies(answer.json()) if answer.status not in _ABSENT else []
        page = _told(night, url, uuid, video, comments)
        seen |= {record.native_id for record in page.records} | {tombstone.native_id for tombstone in page.tombstones}
        yield page
    missing = [native_id for native_id, key in night.young_comments.items() if key == uuid and native_id not in seen]
    yield Page(f"{night.base}{path}", tombstones=[Tombstone("comments", native_id) for native_id in missing])


def _told(night: Night, url: str, uuid: str, video: str, comments: Sequence[Any]) -> Page:
    records, tombstones, rejected = list[Record](), list[Tombstone](), list[Rejected]()
    addresses = {one.get("id"): one.get("url") for one in comments if isinstance(one, dict) and isinstance(one.get("id"), int)}
    for comment in comments:
        address = comment.get("url") if isinstance(comment, dict) else None
        if not isinstance(comment, dict) or not isinstance(address, str):
            rejected.append(Rejected("comments", f"{url}: a comment without url", comment))
            continue
        if comment.get("isDeleted") is True:
            tombstones.append(Tombstone("comments", address))
            continue
        written = moment(comment.get("createdAt"), night.job.window.end)
        if written and written >= night.job.window.end:
            continue
        above = comment.get("inReplyToCommentId")
        answered = {"video_url": video, "in_reply_to_url": addresses.get(above) if isinstance(above, int) else None}
        payload = comment | answered | {"account": {"url": night.author(comment.get("account"), records)}}
        records.append(Record("comments", address, payload, written, uuid))
    return Page(url, records, tombstones, rejected)


def _replies(tree: Any) -> list[Any]:
    """The comments below a thread's first, at any depth."""
    found: list[Any] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        children = node.get("children") if isinstance(node, dict) else None
        for child in children if isinstance(children, list) else ():
            waiting.append(child)
            found.append(child.get("comment") if isinstance(child, dict) else child)
    return found


def _detail(answer: Answer) -> str:
    body = answer.json()
    told = body.get("detail") or body.get("title") if isinstance(body, dict) else None
    return str(told or "no reason given")[:200]


SOURCE = Source(
    platform="peertube",
    channel="vlogs",
    entities={
        "videos": "One row per video and change of it; views and likes move.",
        "comments": "One row per comment and change of it.",
        "accounts": "One row per account or channel and change of it; followers move.",
        "follows": "One row per follower of a followed channel or account.",
    },
    follows=frozenset({"terms", "accounts"}),
    requires=frozenset({"base_url"}),
    fetch=fetch,
    check=check,
    requests_per_second=4,
    rechecks=frozenset({"videos"}),
)
