"""Stack Exchange: questions by term, tag or whole site as they become active, their answers, comments and authors.

Cursor: "until" keeps per site and search the time up to which all was read, so that a night without quota goes on where the last one
stopped; "homes" keeps the sites' addresses.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from connectors.communities.stack_exchange.api import BATCH, Api, LimitReached, Refusal, batches, last_activity, moment, number
from connectors.extraction import Extraction
from connectors.http import BrokenBody
from connectors.source import Known, Page, Record, Rejected, Source, SourceError, Tombstone

OVERLAP = timedelta(hours=1)
_KINDS = {"questions": "question", "answers": "answer", "comments": "comment"}
_BODY = "withbody"
_HOME = re.compile(r"https?://[^/?#\s]+")
_YOUNG = "young"
"""The place in "until" of what is looked at again."""


@dataclass
class _Site:
    """One site of one night. `owners` are the accounts met, as they stand beside what they wrote."""

    name: str
    api: Api
    home: str | None
    until: dict[str, str]
    owners: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    met: dict[str, set[str]] = field(default_factory=lambda: {entity: set() for entity in _KINDS})
    notes: list[str] = field(default_factory=list)

    def id(self, kind: str, item_id: str) -> str:
        return f"{self.name}:{kind}:{item_id}"

    def page(self, url: str, entity: str, items: list[Any], kinds: Mapping[str, str] | None = None) -> Page:
        """Items as records. `kinds` tells of the posts that comments stand below whether they are questions or answers."""
        records, rejected, end = list[Record](), list[Rejected](), self.api.job.window.end
        kind = _KINDS[entity]
        for item in items:
            item_id = number(item.get(f"{kind}_id")) if isinstance(item, dict) else None
            if item_id is None:
                rejected.append(Rejected(entity, f"no {kind}_id", item))
                continue
            home = _HOME.match(str(item.get("link")))
            if entity == "questions" and home:
                self.home = home[0]
            written = moment(item.get("creation_date"), end)
            if written and written >= end:
                continue
            self.met[entity].add(item_id)
            parent = number(item.get("post_id"))
            payload = {
                **item,
                "site": self.name,
                "site_url": self.home,
                **{key: self._named(item[key]) for key in ("owner", "reply_to_user", "last_editor") if key in item},
            }
            lookup_key = f"{self.name}:{item_id}"
            if entity == "comments":
                payload["post_type"] = (kinds or {}).get(parent or "") or None
                lookup_key += f":{payload['post_type'] or ''}"
            records.append(Record(entity, self.id(kind, item_id), payload, written, lookup_key))
        return Page(url, records, rejected=rejected)

    def _named(self, owner: Any) -> Any:
        """An account's ids alone, and the account kept for a record of its own."""
        user_id = number(owner.get("user_id")) if isinstance(owner, dict) else None
        if user_id is None:
            return None
        self.owners.setdefault(user_id, owner)
        return {"user_id": owner["user_id"], "account_id": owner.get("account_id")}

    async def replies(self, questions: list[str], since: int | None = None) -> AsyncIterator[Page]:
        """The answers to questions, and the comments on both."""
        kinds = dict.fromkeys(questions, "question")
        for ids in batches(questions):
            async for url, items in self._all(f"/questions/{ids}/answers"):
                page = self.page(url, "answers", items)
                kinds |= {str(record.payload["answer_id"]): "answer" for record in page.records}
                yield page
        async for page in self.comments(kinds, since):
            yield page

    async def comments(self, kinds: Mapping[str, str], since: int | None = None) -> AsyncIterator[Page]:
        """The comments on posts, `kinds` by their ids, those since a time where one is given."""
        bounds: dict[str, str | int] = {"todate": int(self.api.job.window.end.timestamp()) - 1}
        if since is not None:
            bounds["fromdate"] = since
        for ids in batches(kinds):
            async for url, items in self._all(f"/posts/{ids}/comments", **bounds):
                yield self.page(url, "comments", items, kinds)

    async def _all(self, path: str, **bounds: str | int) -> AsyncIterator[tuple[str, list[Any]]]:
        async for url, items in self.api.pages(path, self.name, order="asc", sort="creation", filter=_BODY, **bounds):
            yield url, items
        if self.api.is_cut:
            self.notes.append(f"{self.name}{path}: the newest were not read, {self.api.why_cut()}")

    async def search(self, name: str, path: str, **params: str | int) -> AsyncIterator[Page]:
        """Questions in the order of their last activity, and what stands below them."""
        job = self.api.job
        bounds = {"min": int(self.since(name).timestamp()), "max": int(job.window.end.timestamp()) - 1}
        async for url, items in self.api.pages(path, self.name, order="asc", sort="activity", filter=_BODY, **bounds, **params):
            fresh = [item for item in items if not isinstance(item, dict) or number(item.get("question_id")) not in self.met["questions"]]
            page = self.page(url, "questions", fresh)
            yield page
            async for below in self.replies([str(record.payload["question_id"]) for record in page.records]):
                yield below
            active = last_activity(items, job.window.end)
            if active:
                self.until[name] = active.isoformat()
        if self.api.is_cut:
            self.notes.append(f"{self.name} {name}: read up to {self.until.get(name)}, the next night goes on there; {self.api.why_cut()}")
        else:
            self.until[name] = job.window.end.isoformat()

    def since(self, name: str) -> datetime:
        """From when on to read a search."""
        job = self.api.job
        if name in self.until:
            return datetime.fromisoformat(self.until[name]) - OVERLAP
        return job.window.end - timedelta(days=job.settings.limits.history_days) if job.cursor else job.window.start

    async def again(self, young: list[Known]) -> AsyncIterator[Page]:
        """What is young and was not met tonight, and the new comments below it."""
        keys: dict[str, dict[str, str]] = {entity: {} for entity in _KINDS}
        for known in young:
            _, item_id, *kind = known.lookup_key.split(":")
            if known.entity in keys and item_id.isascii() and item_id.isdigit() and item_id not in self.met[known.entity]:
                keys[known.entity][item_id] = kind[0] if kind else ""
        parents = dict.fromkeys(keys["questions"], "question") | dict.fromkeys(keys["answers"], "answer")
        async for page in self.comments(parents, int(self.since(_YOUNG).timestamp())):
            yield page
        for entity, asked in keys.items():
            for ids in batches(item_id for item_id in asked if item_id not in self.met[entity]):
                answer = await self.api.ask(f"/{entity}/{ids}", self.name, pagesize=BATCH, filter=_BODY)
                items = [item for item in answer.json()["items"] if isinstance(item, dict)]
                kinds = (
                    {str(item.get("post_id")): asked.get(str(item.get("comment_id")), "") for item in items} if entity == "comments" else {}
                )
                page = self.page(answer.url, entity, items, kinds)
                gone = [item_id for item_id in ids.split(";") if item_id not in self.met[entity]]
                yield Page(page.url, page.records, [Tombstone(entity, self.id(_KINDS[entity], item_id)) for item_id in gone], page.rejected)

    async def users(self) -> AsyncIterator[Page]:
        """The accounts met; those that the API does not tell of, or not today, as they stand beside what they wrote."""
        waiting = dict(self.owners)
        try:
            for ids in batches(self.owners):
                answer = await self.api.ask(f"/users/{ids}", self.name, pagesize=BATCH)
                users = {number(user.get("user_id")): user for user in answer.json()["items"] if isinstance(user, dict)}
                told = {user_id: user for user_id, user in users.items() if user_id in waiting}
                yield Page(answer.url, [self._user(str(user_id), user) for user_id, user in told.items()])
                waiting = {user_id: owner for user_id, owner in waiting.items() if user_id not in told}
        finally:
            self.owners = waiting

    def unasked(self) -> Page:
        """The accounts that are left over."""
        return Page(self.api.base, [self._user(user_id, owner) for user_id, owner in self.owners.items()])

    def _user(self, user_id: str, user: Mapping[str, Any]) -> Record:
        return Record("users", self.id("user", user_id), {**user, "site": self.name})


def _searches(job: Extraction) -> Iterator[tuple[str, str, dict[str, str | int]]]:
    """Name in the cursor, path and parameters of each search; without terms and tags the whole site."""
    for term in job.settings.terms or ():
        yield f"term {term}", "/search/advanced", {"q": '"' + term.replace('"', " ") + '"'}
    for tag in job.settings.tags or ():
        yield f"tag {tag}", "/questions", {"tagged": tag.replace(";", " ")}
    if not job.settings.terms and not job.settings.tags:
        yield "all", "/questions", {}


async def _night(site: _Site, young: list[Known], failures: dict[str, SourceError]) -> AsyncIterator[Page]:
    """What one site gives."""
    for name, path, params in _searches(site.api.job):
        try:
            async for page in site.search(name, path, **params):
                yield page
        except Refusal as error:
            failures[f"{site.name} {name}"] = error
    async for page in site.again(young):
        yield page
    async for page in site.users():
        yield page


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """Active questions of every followed site with all below them, the young again, and the authors of all."""
    api = Api(job)
    homes: dict[str, str | None] = dict(job.cursor.get("homes", {}))
    until: dict[str, dict[str, str]] = {name: dict(times) for name, times in job.cursor.get("until", {}).items()}
    failures: dict[str, SourceError] = {}
    notes: list[str] = []
    for name in dict.fromkeys(job.settings.communities):
        site = _Site(name, api, homes.get(name), until.setdefault(name, {}))
        try:
            async for page in _night(site, [known for known in job.young if known.lookup_key.startswith(f"{name}:")], failures):
                yield page
        except LimitReached as reached:
            notes.append(f"{name}: not read to the end, the next night goes on there. {reached}")
        except (Refusal, BrokenBody) as error:
            failures[name] = error
        homes[name] = site.home
        yield site.unasked()
        notes += site.notes
    yield Page(api.base, notes=notes, cursor={"until": until, "homes": homes})
    if failures:
        raise SourceError(f"Not read: {', '.join(failures)}. {' '.join(dict.fromkeys(str(error) for error in failures.values()))}")


async def check(job: Extraction) -> str:
    """The first site's size, and what is left of the day's quota."""
    site = job.settings.communities[0]
    body = (await Api(job).ask("/info", site)).json()
    questions = body["items"][0].get("total_questions") if body["items"] and isinstance(body["items"][0], dict) else None
    return f"{site}: {questions} questions; {body.get('quota_remaining')} of {body.get('quota_max')} requests left today"


SOURCE = Source(
    platform="stack_exchange",
    channel="communities",
    entities={
        "questions": "One row per question and change of it; score, views and answers move.",
        "answers": "One row per answer and change of it; its score moves.",
        "comments": "One row per comment and change of it; its score moves.",
        "users": "One row per account of a site and change of its reputation.",
    },
    follows=frozenset({"communities", "terms", "tags"}),
    requires=frozenset({"communities"}),
    fetch=fetch,
    check=check,
    secrets={"key": False},
    requests_per_second=5,
    access="open; free key for 10,000 requests a day",
    rechecks=frozenset({"answers", "comments", "questions"}),
)
