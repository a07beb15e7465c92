"""MediaWiki: edits, their pages and their editors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from connectors.extraction import Extraction
from connectors.source import Page, Record, Rejected, Source, SourceError, Tombstone
from connectors.wikis.mediawiki.api import (
    DEFAULT_WIKI,
    Api,
    ApiError,
    LimitReached,
    batches,
    gone,
    hidden,
    ids,
    is_id,
    moment,
    revisions,
    stamp,
)
from connectors.wikis.mediawiki.wikitext import addition

_OVERLAP = timedelta(minutes=10)  # replicas lag
_REVISION = "ids|timestamp|user|userid|comment|size|sha1|tags|flags|content"
_REMEMBERED = timedelta(days=30)  # the shortest memory of changes in use


_Key = TypeVar("_Key", int, str)


@dataclass
class _Wiki:
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


async def _whole_wiki(wiki: _Wiki) -> AsyncIterator[Page]:
    """What was deleted or hidden, then all changes, oldest first, so that a night cut short goes on where it stopped."""
    async for _, query in wiki.api.ask(list="logevents", letype="delete", leprop="ids|type|details", lelimit=500, **wiki.new("le")):
        events = query.get("logevents", [])
        wiki.pages.update(dict.fromkeys(ids(events, "logpage"), False))
        async for page in wiki.read(revid for event in events for revid in hidden(event)):
            yield page
        async for page in wiki.surroundings():
            yield page
    oldest: datetime | None = None
    what = {"list": "recentchanges", "rctype": "edit|new|log", "rcprop": "ids|title|timestamp|loginfo"}
    async for url, query in wiki.api.ask(rclimit=500, **what, **wiki.new("rc")):
        changes = query.get("recentchanges", [])
        oldest = oldest or (wiki.api.time(changes[0].get("timestamp")) if changes else None)
        async for page in wiki.read(ids(changes, "revid")):
            yield page
        for change in changes:
            if change.get("logtype") == "move":  # the redirect that it leaves behind is in no list of changes
                async for page in wiki.read(await _history(wiki, titles=str(change.get("title")))):
                    yield page
        async for page in wiki.surroundings():
            yield page
        if changes:
            yield Page(url, cursor={"at": wiki.api.time(changes[-1].get("timestamp")).isoformat(), "titles": wiki.titles})
    if oldest and oldest - wiki.since > timedelta(days=1) and wiki.api.clock and wiki.api.clock - wiki.since > _REMEMBERED:
        note = (
            f"{wiki.api.name} lists no change before {oldest:%Y-%m-%d}: wikis forget them after 30 to 90 days, older edits may be missing"
        )
        yield Page(wiki.api.url, notes=[note])


async def _history(wiki: _Wiki, **page: str | int) -> list[int]:
    """The new revisions of one page."""
    found: list[int] = []
    async for _, query in wiki.api.ask(prop="revisions", rvprop="ids", rvlimit=500, **page, **wiki.new("rv")):
        found += [revid for page in query.get("pages", []) for revid in ids(page.get("revisions", []), "revid")]
    return found


async def _title(wiki: _Wiki, title: str) -> AsyncIterator[Page]:
    """A page followed by its title: through redirects, and by its id once it was moved away without one or is gone."""
    async for url, query in wiki.api.ask(prop="info", titles=title, redirects=1):
        pageid = next(iter(ids(query.get("pages", []), "pageid")), wiki.titles.get(title))
        if pageid is None:
            yield Page(url, notes=[f"{wiki.api.name} has no page {title!r}"])
            continue
        for followed in {pageid, wiki.titles.get(title, pageid)}:  # two where the page was deleted and another made under its title
            wiki.pages.setdefault(followed, False)
        wiki.titles[title] = pageid
        async for page in wiki.read(await _history(wiki, pageids=pageid)):
            yield page


async def _account(wiki: _Wiki, name: str) -> AsyncIterator[Page]:
    wiki.users.setdefault(name, False)
    async for _, query in wiki.api.ask(list="usercontribs", ucuser=name, ucprop="ids", uclimit=500, **wiki.new("uc")):
        async for page in wiki.read(ids(query.get("usercontribs", []), "revid")):
            yield page


async def _term(wiki: _Wiki, term: str) -> AsyncIterator[Page]:
    """The pages whose text now speaks of a term and that were edited since."""
    phrase = '"' + term.replace('"', " ") + '"'
    sort = {"srsort": "last_edit_desc"} if wiki.can_sort else {}
    seen = total = 0
    try:
        async for _, query in wiki.api.ask(list="search", srsearch=phrase, srnamespace="*", srlimit=500, srprop="timestamp", **sort):
            hits = query.get("search", [])
            seen, total = seen + len(hits), max([total, *ids([query.get("searchinfo")], "totalhits")])
            fresh = [hit for hit in hits if wiki.api.time(hit.get("timestamp")) >= wiki.since]
            async for page in wiki.read([revid for pageid in ids(fresh, "pageid") for revid in await _history(wiki, pageids=pageid)]):
                yield page
            if sort and len(fresh) < len(hits):
                return
    except ApiError as error:
        if error.code != "badvalue" or not sort:
            raise
        wiki.can_sort = False  # without CirrusSearch a wiki ranks by relevance alone: every hit is looked at
        async for page in _term(wiki, term):
            yield page
        return
    if seen < total:
        yield Page(wiki.api.url, notes=[f"{wiki.api.name} finds {total} pages for {phrase} and lists only {seen}: use a narrower term"])


async def _followed(wiki: _Wiki) -> AsyncIterator[Page]:
    """Each followed page, account and term; one that the wiki refuses does not keep the others back."""
    settings = wiki.job.settings
    parts = [(_title, title) for title in settings.pages] + [(_account, name) for name in settings.accounts]
    for follow, name in parts + [(_term, term) for term in settings.terms or ()]:
        try:
            async for page in follow(wiki, name):
                yield page
        except ApiError as error:
            wiki.failures.append(f"{name}: {error}")
    async for page in wiki.surroundings():
        yield page


async def _again(wiki: _Wiki) -> AsyncIterator[Page]:
    """What is young, looked at once more."""
    keys = {entity: [known.lookup_key for known in wiki.job.young if known.entity == entity] for entity in SOURCE.entities}
    wiki.pages = dict.fromkeys(map(int, keys["pages"]), False) | wiki.pages
    wiki.users = dict.fromkeys(keys["users"], False) | wiki.users
    async for page in wiki.read(map(int, keys["revisions"])):
        yield page
    async for page in wiki.surroundings():
        yield page


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """Revisions of the window with their pages and editors, then the young ones again.

    Where `pages` is "*" the whole wiki is read, so that neither terms nor accounts need asking for. The cursor holds the time
    up to which all was read, and the ids of the followed titles.
    """
    api = Api(job)
    since = datetime.fromisoformat(job.cursor["at"]) - _OVERLAP if job.cursor else job.window.start
    wiki = _Wiki(api, job, since, dict(job.cursor.get("titles", {})))
    unread = "the cursor moved only as far as all was read"
    try:
        async for page in _whole_wiki(wiki) if "*" in job.settings.pages else _followed(wiki):
            yield page
        at = min(job.window.end, api.clock or job.window.end)  # a window may end in the wiki's future
        yield Page(api.url, cursor={"at": at.isoformat(), "titles": wiki.titles})
        unread = "young revisions were not all looked at again"
        async for page in _again(wiki):
            yield page
    except LimitReached:
        yield Page(api.url, notes=[f"{api.name}: stopped after {job.settings.limits.max_pages} requests (limits.max_pages); {unread}"])
    yield Page(api.url, notes=list(api.warnings))
    if wiki.failures:
        raise SourceError(f"{api.name} could not be read in full: {'; '.join(wiki.failures)}")


async def check(job: Extraction) -> str:
    """The wiki's name, software and language."""
    api = Api(job)
    async for _, query in api.ask(meta="siteinfo", siprop="general"):
        if isinstance(general := query.get("general"), dict):
            return f"{general.get('sitename')} ({general.get('generator')}, language {general.get('lang')})"
    raise SourceError(f"{api.url} does not say what wiki it is")


SOURCE = Source(
    platform="mediawiki",
    channel="wikis",
    entities={
        "pages": "One row per version of a wiki page's title, address, size and watchers.",
        "revisions": "One row per version of an edit: its text, what it added, what the wiki hid of it.",
        "users": "One row per version of an editor: a registered user with edit count, or the bare name of another.",
    },
    follows=frozenset({"terms", "pages", "accounts"}),
    fetch=fetch,
    check=check,
    base_url=DEFAULT_WIKI,
)
