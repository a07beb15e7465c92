"""Reddit's OAuth API: how it is asked, its listings, batches and comment trees, and its refusals in words for a user.

Listings are read by time, newest first, and not from the last night's newest item: Reddit answers `before` a deleted item with
nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.communities.reddit.things import ENTITIES, Things, is_fullname, related
from connectors.extraction import Extraction
from connectors.http import Answer, BrokenBody, Rejection, TooLarge, Unauthorized
from connectors.http.app_tokens import AppToken
from connectors.source import Page, Record, Rejected, SourceError, Tombstone

API = "https://oauth.reddit.com"
TOKEN = "https://www.reddit.com/api/v1/access_token"  # noqa: S105
BATCH = 100
OVERLAP = timedelta(hours=6)
"""Posts that a moderator lets through late stand where they were written: so much is read again each night."""
_SUSPICIOUS_COUNT = 200
"""A listing that ends after more items than this may have been cut: Reddit lists about 1000, its search about 250."""
_REFUSED = frozenset({400, 403, 404, 410, 451})
_REASONS = {
    "private": "it is private, only its members may read it",
    "quarantined": "it is quarantined, apps may not read it",
    "banned": "Reddit has banned it",
    "gold_only": "it is for premium members only",
}


class Refusal(SourceError):
    """Reddit does not show one community, account or search; others may be open."""


def of_one(error: SourceError) -> bool:
    """Whether a failure is that of one followed thing, and the others are worth asking for."""
    return isinstance(error, Refusal | BrokenBody | TooLarge) or (isinstance(error, Rejection) and not isinstance(error, Unauthorized))


class Api:
    """One night's requests, and what was met so far. `trees` are posts whose comments no followed community lists."""

    def __init__(self, job: Extraction, client_id: str, client_secret: str) -> None:
        base = job.settings.base_url
        self.job = job
        self.base, token_url = (base.rstrip("/"), f"{base.rstrip('/')}/api/v1/access_token") if base else (API, TOKEN)
        self.young = frozenset(known.lookup_key for known in job.young if is_fullname(known.lookup_key))
        self.max_pages = job.settings.limits.max_pages
        self.followed = {name.lower() for name in map(bare, job.settings.communities)}
        self.met: set[str] = set()
        self.related: dict[str, None] = {}
        self.authors: dict[str, None] = {}
        self.trees: dict[str, int] = {}
        self.folded: list[str] = []
        self.hidden_count = 0
        self.notes: list[str] = []
        self._token = AppToken(job.http, token_url, client_id, client_secret)

    async def ask(self, what: str, path: str, **params: str | int) -> Answer:
        """One JSON answer. Raises Refusal where Reddit does not show `what`."""

        async def send(token: str) -> Answer:
            headers = {"authorization": f"Bearer {token}"}
            return await self.job.http.get_json(f"{self.base}{path}", params={"raw_json": 1, **params}, headers=headers, absent=_REFUSED)

        answer = await self._token.use(send)
        if answer.status in _REFUSED:
            raise Refusal(f"{what} cannot be read: {_why(answer)}")
        return answer

    async def listing(self, name: str, path: str, **params: str | int) -> AsyncIterator[Page]:
        """Posts and comments of a listing, newest first, back to the last night."""
        since, after, count = start(self.job, name), dict[str, str](), 0
        asked: set[str] = set()
        for page_number in itertools.count(1):
            answer = await self.ask(name, path, limit=BATCH, **params, **after)
            children, following = _listing(answer)
            if any(isinstance(child, dict) and child.get("kind") == "t5" for child in children):
                raise Refusal(f"{name} is not there: Reddit shows a search for communities instead. Check its name.")
            things = Things(answer.url, self.job.window.end, since, self.young)
            for child in children:
                things.add(child)
            yield self.page(things, has_trees=True)
            count += len(children)
            if things.last_written and things.last_written < since:
                return
            if following is None or following in asked:
                if count >= _SUSPICIOUS_COUNT:
                    oldest = f"{things.last_written:%Y-%m-%d %H:%M}" if things.last_written else "an unknown time"
                    self.notes.append(
                        f"{name}: Reddit lists its newest {count} items only, back to {oldest}; older ones since {since:%Y-%m-%d %H:%M}"
                        " may be missing: refresh it more often"
                    )
                return
            if page_number == self.max_pages:
                self.notes.append(f"{name}: more items than limits.max_pages allows; the older ones were not read")
                return
            asked.add(following)
            after = {"after": following}

    async def info(self, names: Iterable[str]) -> AsyncIterator[Page]:
        """Things by their fullnames; young ones that Reddit leaves out are not shown any more."""
        wanted = [name for name in dict.fromkeys(names) if name not in self.met]
        for first in range(0, len(wanted), BATCH):
            batch = wanted[first : first + BATCH]
            answer = await self.ask("/api/info", "/api/info", id=",".join(batch))
            things = Things(answer.url, self.job.window.end)
            for child in _listing(answer)[0]:
                things.add(child)
            missing = [name for name in batch if name in self.young and name not in things.met]
            things.tombstones += [Tombstone(ENTITIES[name[:2]], name, "hidden") for name in missing if name[:2] in ENTITIES]
            yield self.page(things, has_trees=not self.young.isdisjoint(batch))

    async def tree(self, post: str) -> Page:
        """A post and the comments below it."""
        answer = await self.ask(f"the comments of {post}", f"/comments/{post.removeprefix('t3_')}", limit=500, sort="new")
        body = answer.json()
        things = Things(answer.url, self.job.window.end)
        for listing in body if isinstance(body, list) else [body]:
            things.add(listing)
        return self.page(things)

    async def users(self, ids: Sequence[str]) -> AsyncIterator[Page]:
        """The profiles of accounts by their fullnames."""
        missing_count = 0
        for first in range(0, len(ids), BATCH):
            batch = ids[first : first + BATCH]
            try:
                answer = await self.ask("/api/user_data_by_account_ids", "/api/user_data_by_account_ids", ids=",".join(batch))
            except Refusal:  # a batch of which Reddit knows nobody is a 404
                missing_count += len(batch)
                continue
            body = answer.json()
            told = {name: user for name, user in body.items() if name in batch} if isinstance(body, dict) else {}
            users = {name: user for name, user in told.items() if isinstance(user, dict) and isinstance(user.get("name"), str)}
            missing_count += len(batch) - len(told)
            rejected = [Rejected("users", "no user", user, name) for name, user in told.items() if name not in users]
            yield Page(answer.url, [Record("users", name, user) for name, user in users.items()], rejected=rejected)
        if missing_count:
            self.notes.append(f"Reddit tells nothing of {missing_count} authors: they are suspended or deleted")

    def page(self, things: Things, *, has_trees: bool = False) -> Page:
        """What the answer held, remembered; `has_trees`: comments below these posts are to be read."""
        self.met |= things.met
        self.folded += things.folded
        self.hidden_count += things.hidden_count
        for record in things.records:
            payload = record.payload
            self.authors |= dict.fromkeys(related(payload, "author_fullname"))
            self.related |= dict.fromkeys(related(payload, "link_id", "parent_id", "subreddit_id"))
            count, community = payload.get("num_comments"), str(payload.get("subreddit")).lower()
            is_own = has_trees and record.entity == "posts" and record.native_id not in things.embedded
            if is_own and community not in self.followed and isinstance(count, int):
                self.trees[record.native_id] = count
        return things.page()


def bare(name: str) -> str:
    """A community's or account's name without /r/ or /u/."""
    return name.strip().strip("/").removeprefix("r/").removeprefix("u/").removeprefix("user/")


def phrase(term: str) -> str:
    """A term as a search for its exact words."""
    return '"' + term.replace('"', " ") + '"'


def start(job: Extraction, name: str) -> datetime:
    """From when on to read what has this name in the cursor."""
    until = job.cursor.get("until", {}).get(name)
    if until:
        return datetime.fromisoformat(until) - OVERLAP
    return job.window.end - timedelta(days=job.settings.limits.history_days) if job.cursor else job.window.start


def _listing(answer: Answer) -> tuple[list[Any], str | None]:
    """The things of a listing, and what comes after them."""
    body = answer.json()
    data = body.get("data") if isinstance(body, dict) and body.get("kind") == "Listing" else None
    children = data.get("children") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(children, list):
        raise BrokenBody(f"{answer.url} is not a listing: {_said(body) or 'is this Reddit?'}")
    after = data.get("after")
    return children, after if is_fullname(after) else None


def _why(answer: Answer) -> str:
    """Why Reddit refused, in a user's words."""
    try:
        body = answer.json()
    except BrokenBody:
        body = None
    if not isinstance(body, dict):
        return f"Reddit refuses this client ({answer.status}, a page for people): its app may be blocked or lack approval."
    reason = body.get("reason")
    if isinstance(reason, str) and reason in _REASONS:
        return f"{_REASONS[reason]}. Take it out of sources.yaml."
    if answer.status in {404, 410}:
        return "it is not there (deleted, banned or suspended). Check its name."
    return f"Reddit answered {answer.status} ({_said(body)})."


def _said(body: Any) -> str:
    """What an error body says."""
    if not isinstance(body, Mapping):
        return ""
    wrapped = body.get("json")
    errors = wrapped.get("errors") if isinstance(wrapped, dict) else None
    if isinstance(errors, list) and errors:
        return "; ".join(" ".join(str(part) for part in error if part) if isinstance(error, list) else str(error) for error in errors)[:200]
    return ", ".join(str(body[key])[:200] for key in ("message", "explanation", "reason") if isinstance(body.get(key), str))
