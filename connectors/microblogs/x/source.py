"""X: what its search finds of the last days, the posts of followed accounts, and how the young ones stand now.

Every post that is read is paid for, once a day: `limits.budget` is how many a night may read.
Cursor: "until" keeps per term and account the end of the last window that was read for it. It is a time and no since_id: X takes no
since_id of more than 7 days ago, which is what a term that is seldom spoken of would be left with.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.extraction import Extraction
from connectors.http import BrokenBody, RateLimited, Unreachable
from connectors.microblogs.x.api import Closed, XApi
from connectors.microblogs.x.objects import gone, is_id, is_repost, time, versions
from connectors.source import Page, Record, Rejected, Source, SourceError, Tombstone

BUDGET = 1_000
"""Posts a night where limits.budget says nothing: about five dollars."""
PAGE_SIZE = 100
MOST_PER_POST = 3
"""A post comes with the post it answers and the one it quotes, and each is paid for."""
REACH = timedelta(days=7)
"""How far back the search goes."""
MARGIN = timedelta(days=1)
"""The search counts its reach from when it is asked; nearer to its end no start is named, and it starts where it can."""
TIMELINE_CEILING = 3_200
_USER_NAME = re.compile(r"[A-Za-z0-9_]{1,15}")
_OPERAND = re.compile(r"[#@$]\w+")
_USER_FIELDS = "created_at,description,entities,location,name,protected,public_metrics,url,username,verified,verified_type"
_FIELDS: Mapping[str, str] = {
    "tweet.fields": "attachments,author_id,conversation_id,created_at,edit_history_tweet_ids,entities,in_reply_to_user_id,lang,"
    "note_tweet,possibly_sensitive,public_metrics,referenced_tweets",
    "expansions": "author_id,referenced_tweets.id,referenced_tweets.id.author_id",
    "user.fields": _USER_FIELDS,
}


class Night:
    """One night's fetch: what may still be read, what was met, and what there is to tell."""

    def __init__(self, job: Extraction) -> None:
        self.job = job
        self.api = XApi(job)
        self.budget = job.settings.limits.budget or BUDGET
        self.left = self.budget
        self.posts: set[str] = set()
        self.users: set[str] = set()
        self.notes: list[str] = []
        self.unread: list[str] = []
        self.cut: list[str] = []

    def start(self, name: str) -> datetime:
        """From when on to read a term or an account."""
        until = self.job.cursor.get("until", {}).get(name)
        if until:
            return datetime.fromisoformat(until)
        return self.job.window.end - timedelta(days=self.job.settings.limits.history_days) if self.job.cursor else self.job.window.start

    def size(self) -> int:
        """How many posts may be asked for at once."""
        return min(PAGE_SIZE, self.left // MOST_PER_POST)

    async def pages(
        self, name: str, path: str, params: Mapping[str, str | int], *, fewest: int, following: str
    ) -> AsyncIterator[tuple[str, Mapping[str, Any]]]:
        """A list's answers one after the other, as far as the budget and limits.max_pages go.

        `fewest` is the smallest page that may be asked for, `following` the parameter that asks for the next one.
        """
        token: dict[str, str] = {}
        asked = set[str]()
        for number in range(self.job.settings.limits.max_pages):
            if self.size() < fewest:
                (self.cut if number else self.unread).append(name)
                return
            url, body = await self.api.call(path, {**params, **_FIELDS, **token, "max_results": self.size()})
            yield url, body
            meta = body.get("meta")
            next_token = meta.get("next_token") if isinstance(meta, dict) else None
            if not isinstance(next_token, str) or not next_token:
                return
            if next_token in asked:
                raise SourceError(f"{url} names a next page that was read before: the list runs in a circle, and is left.")
            asked.add(next_token)
            token = {following: next_token}
        self.notes.append(f"{name}: limits.max_pages was reached; what is older was not read")

    def page(self, url: str, body: Mapping[str, Any], tombstones: Sequence[Tombstone] = ()) -> Page:
        """The posts of an answer, those they refer to, and who wrote them; each once a night."""
        includes = body.get("includes")
        included: Mapping[str, Any] = includes if isinstance(includes, dict) else {}
        records: list[Record] = []
        rejected: list[Rejected] = []
        for post in (*_list(url, body, "data"), *_list(url, included, "tweets")):
            ids = versions(post)
            if not ids:
                rejected.append(Rejected("posts", f"{url}: not a post", post))
            elif post["id"] not in self.posts:
                self.left -= 1
                written = time(post.get("created_at"), self.job.window.end)
                is_older = ids[-1] != post["id"] and ids[-1] in self.posts
                self.posts.add(post["id"])
                if not is_older and (written is None or written < self.job.window.end):
                    records.append(Record("posts", ids[0], post, written, None if is_repost(post) else ids[-1]))
        self._add_users(url, _list(url, included, "users"), records, rejected)
        return Page(url, records, tombstones, rejected)

    async def accounts(self, names: Sequence[str]) -> tuple[Page, dict[str, str], str]:
        """These accounts, their ids by lower-case name, and what is said of those that are not there."""
        url, body = await self.api.call("users/by", {"usernames": ",".join(names), "user.fields": _USER_FIELDS})
        users, records, rejected = _list(url, body, "data"), list[Record](), list[Rejected]()
        self._add_users(url, users, records, rejected)
        found = {
            user["username"].lower(): user["id"]
            for user in users
            if isinstance(user, dict) and is_id(user.get("id")) and isinstance(user.get("username"), str)
        }
        return Page(url, records, rejected=rejected), found, self.api.sentence(body.get("errors"))

    def _add_users(self, url: str, users: Sequence[Any], records: list[Record], rejected: list[Rejected]) -> None:
        for user in users:
            if not isinstance(user, dict) or not is_id(user.get("id")):
                rejected.append(Rejected("accounts", f"{url}: not an account", user))
            elif user["id"] not in self.users:
                self.users.add(user["id"])
                records.append(Record("accounts", user["id"], user))


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """Posts of followed accounts and posts that a search finds, the young ones again, and all their authors."""
    night = Night(job)
    failures: dict[str, SourceError] = {}
    ids: dict[str, str] = {}
    async for page in _accounts(night, ids, failures):
        yield page
    terms = tuple(dict.fromkeys(job.settings.terms or ()))
    follows = [
        *((f"@{name}", _timeline(night, f"@{name}", user_id)) for name, user_id in ids.items()),
        *((term, _search(night, term)) for term in terms),
    ]
    # What has waited longest comes first, so that a small budget gets round to all.
    for name, pages in sorted(follows, key=lambda follow: night.start(follow[0])):
        try:
            async for page in pages:
                yield page
        except (RateLimited, Unreachable, Closed):
            raise
        except SourceError as error:
            failures[name] = error
    async for page in _observe_again(night):
        yield page
    until = {name: job.window.end.isoformat() for name, _ in follows if name not in night.unread}
    kept = {name: night.job.cursor["until"][name] for name in night.unread if name in night.job.cursor.get("until", {})}
    yield Page(night.api.base, notes=list(_notes(night, terms)), cursor={"until": until | kept})
    if failures:
        raise SourceError(f"Not read: {'; '.join(f'{name}: {_sentence(error)}' for name, error in failures.items())}.")


async def check(job: Extraction) -> str:
    """How much of the month's cap is used; costs nothing."""
    _, body = await XApi(job).call("usage/tweets")
    data = body.get("data")
    usage: Mapping[str, Any] = data if isinstance(data, dict) else {}
    return f"{usage.get('project_usage', 'unknown')} of {usage.get('project_cap', 'unknown')} posts of this month read"


async def _accounts(night: Night, ids: dict[str, str], failures: dict[str, SourceError]) -> AsyncIterator[Page]:
    """The followed accounts; `ids` gets the id of each that is there, by its name, and `failures` the others."""
    names = dict.fromkeys(account.lstrip("@") for account in night.job.settings.accounts)
    known = [name for name in names if _USER_NAME.fullmatch(name)]
    failures |= {f"@{name}": SourceError("not a user name of X: letters, digits and _ only") for name in names if name not in known}
    for first in range(0, len(known), PAGE_SIZE):
        batch = known[first : first + PAGE_SIZE]
        try:
            page, found, said = await night.accounts(batch)
        except (RateLimited, Unreachable, Closed):
            raise
        except SourceError as error:
            failures |= {f"@{name}": error for name in batch}
            continue
        yield page
        for name in batch:
            if name.lower() in found:
                ids[name] = found[name.lower()]
            else:
                failures[f"@{name}"] = SourceError(
                    f"no such account, or it is suspended; take it out of `accounts` ({said or 'X names no reason'})"
                )


async def _timeline(night: Night, name: str, user_id: str) -> AsyncIterator[Page]:
    """An account's posts, replies and reposts, newest first."""
    read = 0
    span = {"start_time": _zulu(night.start(name)), "end_time": _zulu(night.job.window.end)}
    async for url, body in night.pages(name, f"users/{user_id}/tweets", span, fewest=5, following="pagination_token"):
        if "data" not in body and body.get("errors"):
            raise SourceError(f"X does not show its posts: {night.api.sentence(body['errors']) or 'no reason given'}")
        read += len(_list(url, body, "data"))
        yield night.page(url, body)
    if read >= TIMELINE_CEILING:
        night.notes.append(f"{name}: X shows an account's newest {TIMELINE_CEILING} posts; what is older was not read")


async def _search(night: Night, term: str) -> AsyncIterator[Page]:
    """What the search finds, newest first."""
    start, end = night.start(term), night.job.window.end
    params = {"query": _query(term), "sort_order": "recency", "end_time": _zulu(end)}
    if start >= end - REACH + MARGIN:
        params["start_time"] = _zulu(start)
    async for url, body in night.pages(term, "tweets/search/recent", params, fewest=10, following="next_token"):
        yield night.page(url, body)


async def _observe_again(night: Night) -> AsyncIterator[Page]:
    """The young posts not met tonight, the newest first: their counts, or that they are gone."""
    young = {
        known.lookup_key: known.native_id for known in night.job.young if known.entity == "posts" and known.lookup_key not in night.posts
    }
    waiting = sorted(young, key=lambda post_id: (len(post_id), post_id), reverse=True)
    unread, why, silent = 0, "", 0
    while waiting and night.size():
        batch, waiting = waiting[: night.size()], waiting[night.size() :]
        try:
            url, body = await night.api.call("tweets", {"ids": ",".join(batch), **_FIELDS})
            lost = {post_id: kind for post_id, kind in gone(body.get("errors")) if post_id in batch}
            yield night.page(url, body, [Tombstone("posts", young[post_id], kind) for post_id, kind in lost.items()])
            silent += sum(post_id not in lost and post_id not in night.posts for post_id in batch)
        except (RateLimited, Unreachable, Closed):
            raise
        except SourceError as error:
            unread, why = unread + len(batch), why or str(error)
    if unread:
        night.notes.append(f"{unread} young posts could not be observed again: {why}")
    if silent:
        night.notes.append(f"{silent} young posts were asked for, and nothing was said of them")
    if waiting:
        night.notes.append(f"limits.budget ({night.budget} posts) is spent: {len(waiting)} young posts were not observed again")


def _notes(night: Night, terms: Iterable[str]) -> Iterable[str]:
    yield from night.notes
    clamped = [term for term in terms if night.start(term) < night.job.window.end - REACH and term not in night.unread]
    if clamped:
        yield f"the search reaches back {REACH.days} days; what is older was not searched for: {', '.join(clamped)}"
    if night.cut:
        yield f"limits.budget ({night.budget} posts) is spent: the older posts were not read of {', '.join(night.cut)}"
    if night.unread:
        yield f"limits.budget ({night.budget} posts) is spent: left for the next night are {', '.join(night.unread)}"


def _list(url: str, body: Mapping[str, Any], key: str) -> list[Any]:
    """The items under a key, which X leaves out where there are none."""
    items = body.get(key)
    if items is not None and not isinstance(items, list):
        raise BrokenBody(f"{url} does not hold the list that was asked for ({key}).")
    return items or []


def _query(term: str) -> str:
    """The term as a phrase; hashtags, cashtags and names as they are."""
    return term if _OPERAND.fullmatch(term) else '"' + term.replace('"', " ") + '"'


def _sentence(error: SourceError) -> str:
    return str(error).rstrip(".")


def _zulu(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


SOURCE = Source(
    platform="x",
    channel="microblogs",
    entities={
        "posts": "One row per post or repost and change of it, its counts included.",
        "accounts": "One row per account and change of it, its counts included.",
    },
    follows=frozenset({"accounts", "terms"}),
    fetch=fetch,
    check=check,
    secrets={"token": True},
    requests_per_second=1.0,
    access="paid per post and account read (bearer token)",
    rechecks=frozenset({"posts"}),
)
