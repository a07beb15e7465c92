"""Lobsters: one list of the newest stories serves all that is followed; threads are read where their comments changed.

Cursor: "until" keeps per followed name the end of the last window that was read for it, "comments" how many comments the thread
of a story had when it was read, "profiles" when an account's profile was.
"""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

from connectors.extraction import Extraction
from connectors.http import Answer, BrokenBody
from connectors.night.following import each, moment, raise_for, start, until
from connectors.source import Page, Record, Rejected, Source, SourceError, Tombstone

LOBSTERS = "https://lobste.rs"
REQUESTS = 100
"""A night's budget where none is set: lobste.rs answers 100 requests in 10 minutes, and asks robots to take less."""
PROFILES = 30
"""lobste.rs answers so many requests for profiles in 5 minutes."""
OVERLAP = timedelta(days=2)
"""About two pages of the list, and how long votes on comments move."""
PROFILE_AGE = timedelta(days=30)
_ID = re.compile(r"[0-9a-zA-Z]{1,20}")

Item = dict[str, Any]


class Night:
    """One night's fetch: what it may still ask, and what it met.

    `wanted` gives for each followed name since when, and whether a story is meant by it.
    """

    def __init__(self, job: Extraction) -> None:
        self.job = job
        self.base = (job.settings.base_url or LOBSTERS).rstrip("/")
        self.site = urlsplit(self.base).netloc
        self.budget = self.left = job.settings.limits.budget or REQUESTS
        self.wanted = {name: (start(job, name, OVERLAP), is_meant) for name, is_meant in _followed(job)}
        self.young = {known.lookup_key for known in job.young if known.entity == "stories"}
        self.comments: dict[str, int] = {**job.cursor.get("comments", {})}
        self.profiles: dict[str, str] = {**job.cursor.get("profiles", {})}
        self.met: dict[str, datetime | None] = {}
        self.counts: dict[str, int] = {}
        self.authors: dict[str, None] = {}
        self.notes: list[str] = []
        self.is_whole = False
        self.thread_count = 0

    async def ask(self, path: str) -> Answer | None:
        """The answer below a path; None where nothing is there."""
        self.left -= 1
        answer = await self.job.http.get_json(f"{self.base}{path}.json", absent=frozenset({404}))
        return None if answer.status == 404 else answer

    def story(self, story: Any, records: list[Record], rejected: list[Rejected], *, only_wanted: bool = True) -> datetime | None:
        """Adds a story where it is followed or young; when it was written."""
        if not isinstance(story, dict) or not _is_id(story.get("short_id")):
            rejected.append(Rejected("stories", "a story without a short_id", story))
            return None
        short_id, written = story["short_id"], moment(story.get("created_at"), self.job.window.end)
        if written and written >= self.job.window.end:
            return written
        if only_wanted and short_id not in self.young and not self.is_wanted(story, written):
            return written
        payload = {key: value for key, value in story.items() if key != "comments"}
        payload |= {"site": self.site, "submitter_user": self.author(story.get("submitter_user"), records)}
        records.append(Record("stories", f"{self.site}:s/{short_id}", payload, written, short_id))
        self.met[short_id] = written
        count = story.get("comment_count")
        self.counts[short_id] = count if isinstance(count, int) else 0
        return written

    def is_wanted(self, story: Item, written: datetime | None) -> bool:
        """Whether a story is of the window and meant by what is followed."""
        return any((written is None or written >= since) and is_meant(story) for since, is_meant in self.wanted.values())

    def age(self, short_id: str) -> timedelta:
        """How old a story of tonight is; unknown is old."""
        return self.job.window.end - (self.met[short_id] or datetime.min.replace(tzinfo=UTC))

    def is_thread_due(self, short_id: str) -> bool:
        """Whether a story's comments may have changed since they were read."""
        count, known = self.counts[short_id], self.comments.get(short_id, 0)
        return count != known or (count > 0 and self.age(short_id) < OVERLAP)

    def is_profile_old(self, name: str) -> bool:
        """Whether an account's profile was not read for PROFILE_AGE."""
        read = self.profiles.get(name)
        return read is None or datetime.fromisoformat(read) <= self.job.window.end - PROFILE_AGE

    def cursor(self) -> dict[str, Any]:
        """For the next night."""
        return {
            "until": until(self.job, self.wanted) if self.is_whole else self.job.cursor.get("until", {}),
            "comments": {short_id: count for short_id, count in self.comments.items() if short_id in self.met},
            "profiles": self.profiles,
        }

    def author(self, user: Any, records: list[Record]) -> str | None:
        """An author's name; older versions of the site embed the whole profile, which becomes a record."""
        if isinstance(user, dict) and isinstance(user.get("username"), str):
            records.append(Record("users", f"{self.site}:{user['username']}", {**user, "site": self.site}))
            return str(user["username"])
        if not isinstance(user, str) or not user:
            return None
        self.authors.setdefault(user)
        return user

    def comment(self, comment: Any, story_id: str, records: list[Record], tombstones: list[Tombstone], rejected: list[Rejected]) -> None:
        """Adds a comment of a thread, or that it is gone."""
        if not isinstance(comment, dict) or not _is_id(comment.get("short_id")):
            rejected.append(Rejected("comments", "a comment without a short_id", comment))
            return
        native_id, written = f"{self.site}:c/{comment['short_id']}", moment(comment.get("created_at"), self.job.window.end)
        if comment.get("is_moderated") is True or comment.get("is_deleted") is True:
            tombstones.append(Tombstone("comments", native_id, "hidden" if comment.get("is_moderated") is True else "deleted"))
        elif written is None or written < self.job.window.end:
            payload = {**comment, "site": self.site, "story": story_id}
            payload["commenting_user"] = self.author(comment.get("commenting_user"), records)
            records.append(Record("comments", native_id, payload, written, story_id))


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """Stories of the window that are followed, the young ones again, the threads that changed, and their authors' profiles."""
    night = Night(job)
    async for page in _newest(night):
        yield page
    threads = sorted((short_id for short_id in night.met if night.is_thread_due(short_id)), key=night.age) + sorted(
        night.young - night.met.keys()
    )
    failures: dict[str, SourceError] = {}
    async for page in each(threads[: max(night.left, 0)], partial(_thread, night), failures):
        yield page
    async for page in _profiles(night):
        yield page
    if unread := len(threads) - night.thread_count:
        night.notes.append(f"{unread} stories' comments were left for another night: {night.budget} requests were spent (limits.budget)")
    yield Page(night.base, notes=night.notes, cursor=night.cursor())
    raise_for(failures)


async def check(job: Extraction) -> str:
    """The title of the newest story."""
    answer = await Night(job).ask("/newest")
    stories = _stories(answer)
    return f"newest story: {stories[0].get('title')}" if stories and isinstance(stories[0], dict) else "no stories"


async def _newest(night: Night) -> AsyncIterator[Page]:
    """The list of the newest stories, back to where all is read, and on as long as a page shows more than one young story."""
    floor = min((since for since, _ in night.wanted.values()), default=night.job.window.end)
    seen: set[str] = set()
    for number in range(1, night.job.settings.limits.max_pages + 1):
        if night.left <= 0:
            break
        answer = await night.ask("/newest" if number == 1 else f"/newest/page/{number}")
        stories = _stories(answer)
        if answer is None or not stories:
            night.is_whole = True
            return
        records, rejected, times = list[Record](), list[Rejected](), list[datetime]()
        before = len(night.met.keys() & night.young)
        for story in stories:
            written = night.story(story, records, rejected)
            if written:
                times.append(written)
        yield Page(answer.url, records, rejected=rejected)
        ids = {str(story.get("short_id")) for story in stories if isinstance(story, dict)}
        is_read = not ids - seen or (bool(times) and min(times) < floor)
        night.is_whole = night.is_whole or is_read
        if is_read and (not ids - seen or len(night.met.keys() & night.young) - before < 2):
            return
        seen |= ids
    if not night.is_whole:
        night.notes.append("the list of the newest stories was not read to its end: raise limits.budget or limits.max_pages")


async def _thread(night: Night, short_id: str) -> AsyncIterator[Page]:
    """A story with its comments. A story that was merged into another leads there."""
    night.thread_count += 1
    answer = await night.ask(f"/s/{short_id}")
    if answer is None:
        yield Page(f"{night.base}/s/{short_id}.json", tombstones=[Tombstone("stories", f"{night.site}:s/{short_id}")])
        return
    story = answer.json()
    if not isinstance(story, dict) or not _is_id(story.get("short_id")):
        raise BrokenBody(f"{answer.url} is not a story.")
    records, tombstones, rejected = list[Record](), list[Tombstone](), list[Rejected]()
    if story["short_id"] != short_id:
        tombstones.append(Tombstone("stories", f"{night.site}:s/{short_id}", "hidden"))
    night.story(story, records, rejected, only_wanted=False)
    comments = story.get("comments")
    for comment in comments if isinstance(comments, list) else ():
        night.comment(comment, story["short_id"], records, tombstones, rejected)
    told = {record.native_id for record in records} | {tombstone.native_id for tombstone in tombstones}
    tombstones += [
        Tombstone("comments", known.native_id)
        for known in night.job.young
        if known.entity == "comments" and known.lookup_key == short_id and known.native_id not in told
    ]
    night.comments[story["short_id"]] = night.counts.get(story["short_id"], 0)
    yield Page(answer.url, records, tombstones, rejected)


async def _profiles(night: Night) -> AsyncIterator[Page]:
    """The profiles of followed accounts, and of tonight's authors whose profile is old or was never read."""
    end, followed = night.job.window.end, night.job.settings.accounts
    old = [name for name in night.authors if name not in followed and night.is_profile_old(name)]
    names = [*followed, *old][: max(0, min(night.left, PROFILES))]
    for name in names:
        answer = await night.ask(f"/~{quote(name, safe='')}")
        user = answer.json() if answer else None
        if answer is None or not isinstance(user, dict) or user.get("username") != name:
            night.notes.append(f"{night.site} has no account {name!r}")
            continue
        night.profiles[name] = end.isoformat()
        yield Page(answer.url, [Record("users", f"{night.site}:{name}", {**user, "site": night.site})])
    if len(old) + len(followed) > len(names):
        night.notes.append(f"the profiles of {len(old) + len(followed) - len(names)} authors were left for another night")


def _followed(job: Extraction) -> Iterable[tuple[str, Callable[[Item], bool]]]:
    """Each followed name in the cursor, and which stories it means."""
    for term in job.settings.terms or ():
        yield term, partial(_speaks_of, re.compile(rf"(?<!\w){re.escape(term)}(?!\w)", re.IGNORECASE))
    for tag in job.settings.tags or ():
        yield f"#{tag}", partial(_has_tag, tag)
    for account in job.settings.accounts:
        yield f"@{account}", partial(_is_by, account)


def _speaks_of(word: re.Pattern[str], story: Item) -> bool:
    text = " ".join(str(story.get(key) or "") for key in ("title", "url", "description"))
    return word.search(html.unescape(text)) is not None


def _has_tag(tag: str, story: Item) -> bool:
    tags = story.get("tags")
    return tag == "*" or (isinstance(tags, list) and tag in tags)


def _is_by(account: str, story: Item) -> bool:
    user = story.get("submitter_user")
    return account == (user.get("username") if isinstance(user, dict) else user)


def _stories(answer: Answer | None) -> list[Any]:
    body = answer.json() if answer else []
    if answer and not isinstance(body, list):
        raise BrokenBody(f"{answer.url} is not a list of stories: is this Lobsters?")
    return list(body)


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


SOURCE = Source(
    platform="lobsters",
    channel="bookmarks",
    entities={
        "stories": "One row per story (a link or a text) and change of it.",
        "comments": "One row per comment and change of it.",
        "users": "One row per account and change of it.",
    },
    follows=frozenset({"terms", "tags", "accounts"}),
    fetch=fetch,
    check=check,
    base_url=LOBSTERS,
    requests_per_second=0.5,
    rechecks=frozenset({"stories"}),
)
