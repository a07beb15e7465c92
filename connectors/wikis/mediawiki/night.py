"""One night's reading of one wiki: what is read already, and records out of its answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from connectors.extraction import Extraction
from connectors.source import Page, Record, Rejected, Tombstone
from connectors.wikis.mediawiki.api import Api, batches, gone, is_id, moment, revisions, stamp
from connectors.wikis.mediawiki.wikitext import addition

_REVISION = "ids|timestamp|user|userid|comment|size|sha1|tags|flags|content"

_Key = TypeVar("_Key", int, str)


@dataclass
class Night:
    """One night's reading of one wiki. `pages` and `users` say of each one met whether it was asked for already."""

    api: Api
    job: Extraction
    since: datetime
    titles: dict[str, int]
    can_sort: bool = True
    read_already: set[int] = field(default_factory=set)
    pages: dict[int, bool] = field(default_factory=dict)
    users: dict[str, bool] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def id(self, native: object) -> str:
        """An id that holds over all wikis."""
        return f"{self.api.name}:{native}"

    def new(self, prefix: str) -> dict[str, str]:
        """The parameters that bound a list to what is new, oldest first."""
        return {f"{prefix}dir": "newer", f"{prefix}start": stamp(self.since), f"{prefix}end": stamp(self.job.window.end)}

    async def read(self, revids: Iterable[int]) -> AsyncIterator[Page]:
        """These revisions where they were not read tonight."""
        fresh = [revid for revid in dict.fromkeys(revids) if revid not in self.read_already]
        self.read_already.update(fresh)
        for batch in batches(fresh):
            async for url, query in self.api.ask(prop="revisions", revids=batch, rvprop=_REVISION, rvslots="main"):
                yield await self.edits(url, query)

    async def edits(self, url: str, query: dict[str, Any]) -> Page:
        """The revisions of one answer and those of their editors that are not registered."""
        tombstones = [Tombstone("revisions", self.id(revid)) for revid in gone(query)]
        found = revisions(query)
        rejected = [
            Rejected("revisions", f"no revision: {problem}", {"page": page, "revision": one}) for page, one, problem in found if problem
        ]
        sound = [(page, revision) for page, revision, problem in found if not problem]
        texts = await self.api.texts([revision for _, revision in sound])
        records: list[Record] = []
        notes: list[str] = []
        end = self.job.window.end
        for page, revision in sound:
            saved = moment(revision["timestamp"])
            if end <= saved <= end + timedelta(days=2):
                continue  # the next night's
            author_id, editor = self.editor(revision)
            added, links = self.addition(revision, texts, notes)
            payload = {
                "wiki": self.api.name,
                "page": {key: page.get(key) for key in ("pageid", "ns", "title")},
                "revision": revision,
                "author_id": author_id,
                "added_text": added,
                "ext_links": links,
            }
            published = saved.astimezone(UTC) if saved.year >= 1990 and saved < end else None
            record = Record("revisions", self.id(revision["revid"]), payload, published, str(revision["revid"]))
            records += [record, *editor]
            self.pages.setdefault(page["pageid"], False)
            if revision["slots"]["main"].get("texthidden"):
                tombstones.append(Tombstone("revisions", record.native_id, "hidden"))
        return Page(url, records, tombstones, rejected, notes)

    def editor(self, revision: dict[str, Any]) -> tuple[str | None, list[Record]]:
        """Who saved a revision. Registered users are asked for later; of others the wiki knows only the name."""
        name, userid = revision.get("user"), revision.get("userid")
        if not isinstance(name, str):
            return None, []
        kind = "temp" if revision.get("temp") else "anon"
        if is_id(userid) and not revision.get(kind):
            self.users.setdefault(name, False)
            return self.id(userid), []
        native_id = self.id(f"ip:{name}")
        return native_id, [Record("users", native_id, {"wiki": self.api.name, "name": name, kind: True})]

    def addition(self, revision: dict[str, Any], texts: dict[int, str | None], notes: list[str]) -> tuple[str | None, list[str] | None]:
        """Text and outside links that a revision added; None where it or its parent cannot be seen."""
        after, parent = texts[revision["revid"]], revision.get("parentid")
        before = "" if parent == 0 else texts.get(parent) if isinstance(parent, int) else None
        if after is None or before is None:
            return None, None
        added, links, remark = addition(after, before)
        if remark is not None:
            notes.append(f"revision {revision['revid']} of {self.api.name}: {remark}")
        return added, links

    async def surroundings(self) -> AsyncIterator[Page]:
        """The pages and registered users that were met and not asked for yet."""
        for batch in batches(_unasked(self.pages)):
            async for url, query in self.api.ask(prop="info", inprop="url|watchers", pageids=batch):
                found = [page for page in query.get("pages", ()) if is_id(page.get("pageid"))]
                yield Page(
                    url,
                    [
                        Record("pages", self.id(page["pageid"]), {"wiki": self.api.name, **page}, lookup_key=str(page["pageid"]))
                        for page in found
                        if "missing" not in page
                    ],
                    [Tombstone("pages", self.id(page["pageid"])) for page in found if "missing" in page],
                    [Rejected("pages", "it has no pageid", page) for page in query.get("pages", ()) if page not in found],
                )
        for batch in batches(_unasked(self.users)):
            async for url, query in self.api.ask(list="users", ususers=batch, usprop="editcount|registration|groups"):
                known = [user for user in query.get("users", ()) if is_id(user.get("userid")) and isinstance(user.get("name"), str)]
                yield Page(
                    url,
                    [Record("users", self.id(user["userid"]), {"wiki": self.api.name, **user}, lookup_key=user["name"]) for user in known],
                    notes=[f"{self.api.name} has no user {user.get('name')!r}" for user in query.get("users", ()) if user not in known],
                )


def _unasked(met: dict[_Key, bool]) -> list[_Key]:
    """What was met and not asked for; it counts as asked for from now on."""
    unasked = [key for key, is_asked in met.items() if not is_asked]
    met.update(dict.fromkeys(unasked, True))
    return unasked
