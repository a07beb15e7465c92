"""MediaWiki: edits, their pages and their editors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from connectors.extraction import Extraction
from connectors.source import Page, Source, SourceError
from connectors.wikis.mediawiki.api import DEFAULT_WIKI, Api, ApiError, LimitReached, hidden, ids
from connectors.wikis.mediawiki.night import Night

_OVERLAP = timedelta(minutes=10)  # replicas lag
_REMEMBERED = timedelta(days=30)  # the shortest memory of changes in use


async def _whole_wiki(wiki: Night) -> AsyncIterator[Page]:
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


async def _history(wiki: Night, **page: str | int) -> list[int]:
    """The new revisions of one page."""
    found: list[int] = []
    async for _, query in wiki.api.ask(prop="revisions", rvprop="ids", rvlimit=500, **page, **wiki.new("rv")):
        found += [revid for page in query.get("pages", []) for revid in ids(page.get("revisions", []), "revid")]
    return found


async def _title(wiki: Night, title: str) -> AsyncIterator[Page]:
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


async def _account(wiki: Night, name: str) -> AsyncIterator[Page]:
    wiki.users.setdefault(name, False)
    async for _, query in wiki.api.ask(list="usercontribs", ucuser=name, ucprop="ids", uclimit=500, **wiki.new("uc")):
        async for page in wiki.read(ids(query.get("usercontribs", []), "revid")):
            yield page


async def _term(wiki: Night, term: str) -> AsyncIterator[Page]:
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


async def _followed(wiki: Night) -> AsyncIterator[Page]:
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


async def _again(wiki: Night) -> AsyncIterator[Page]:
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
    wiki = Night(api, job, since, dict(job.cursor.get("titles", {})))
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
    rechecks=frozenset({"revisions"}),
)
