"""Reddit without credentials: its Atom feeds, which tell what was written by whom, and neither scores nor deletions."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from html import unescape
from urllib.parse import quote

from connectors.communities.reddit.api import Refusal, bare, of_one, phrase, start
from connectors.communities.reddit.things import ENTITIES, Things, is_fullname
from connectors.extraction import Extraction
from connectors.feed.document import Entry, FeedDocument, NotAFeed
from connectors.feed.parser import parse_feed
from connectors.http import Forbidden, Gone, NotFound
from connectors.source import Page, Record, SourceError

WEB = "https://www.reddit.com"
_BETWEEN = 6.0
"""Seconds between two requests: Reddit lets a stranger ask ten times a minute."""
_SHOWN = 25
_TEXT = re.compile(r"<!-- SC_OFF -->(.*?)<!-- SC_ON -->", re.DOTALL)
_LINK = re.compile(r'<a href="([^"]*)">\[link\]</a>')
_PATH = re.compile(r"https?://[^/?#\s]+(/[^?#\s]*)")
_POST = re.compile(r"/comments/([0-9a-z]{1,13})/", re.ASCII)
_ADVICE = "name client_id and client_secret under secrets to read Reddit's API instead."


def _feeds(job: Extraction) -> Iterator[tuple[str, str, dict[str, str | int]]]:
    """Name, path and parameters of each feed that the followed things have."""
    for community in map(bare, job.settings.communities):
        yield f"r/{community}", f"/r/{quote(community, safe='')}/new/.rss", {}
        yield f"r/{community} comments", f"/r/{quote(community, safe='')}/comments/.rss", {}
    for term in job.settings.terms or ():
        yield term, "/search.rss", {"q": phrase(term), "sort": "new"}
    for account in map(bare, job.settings.accounts):
        yield f"u/{account}", f"/user/{quote(account, safe='')}/.rss", {}


async def fetch_feeds(job: Extraction) -> AsyncIterator[Page]:
    """What the feeds show of the followed communities, terms and accounts."""
    failures: dict[str, SourceError] = {}
    notes = [f"Read from Reddit's feeds, which show the newest entries only and tell no scores, comment counts or deletions: {_ADVICE}"]
    if job.young:
        notes.append(f"{len(job.young)} posts and comments of earlier nights were not looked at again: the feeds cannot be asked for them")
    feeds = list(_feeds(job))
    for name, path, params in feeds:
        since = start(job, name)
        try:
            url, document = await _read(job, name, path, params)
        except SourceError as error:
            if not of_one(error):
                raise
            failures[name] = error
            continue
        things = Things(url, job.window.end, since)
        for entry in document.entries:
            _add(things, entry)
        if len(document.entries) >= _SHOWN and things.last_written and things.last_written > since:
            notes.append(f"{name}: its feed goes back to {things.last_written:%Y-%m-%d %H:%M} only; older entries were not read")
        yield things.page()
    yield Page(WEB, notes=notes, cursor={"until": {name: job.window.end.isoformat() for name, _, _ in feeds}})
    if failures:
        raise SourceError(f"Not read: {', '.join(failures)}. {' '.join(dict.fromkeys(str(error) for error in failures.values()))}")


async def check_feeds(job: Extraction) -> str:
    """What the first followed thing's feed shows."""
    name, path, params = next(_feeds(job), ("r/popular", "/r/popular/new/.rss", dict[str, str | int]()))
    _, document = await _read(job, name, path, params)
    return f"{name} by its feed: {len(document.entries)} entries; no credentials, so no scores"


async def _read(job: Extraction, name: str, path: str, params: dict[str, str | int]) -> tuple[str, FeedDocument]:
    """One feed. Raises Refusal where Reddit does not show it."""
    base = (job.settings.base_url or WEB).rstrip("/")
    try:
        answer = await job.http.get(f"{base}{path}", params={"limit": 100, **params}, headers={"accept": "application/atom+xml"})
    except (NotFound, Gone):
        raise Refusal(f"{name} is not there: deleted, banned, suspended or misspelt.") from None
    except Forbidden:
        raise Refusal(f"{name} is private, or Reddit shows this network no feeds: {_ADVICE}") from None
    finally:
        job.http.hold(base, _BETWEEN)
    try:
        document = await asyncio.to_thread(parse_feed, answer.body, answer.headers.get("content-type", ""), answer.url)
    except NotAFeed as error:
        raise Refusal(f"{name}: Reddit answered with what is no feed ({error}): {_ADVICE}") from None
    if any(entry.id and entry.id.startswith("t5_") for entry in document.entries):
        raise Refusal(f"{name} is not there: Reddit shows a search for communities instead. Check its name.")
    return answer.url, document


def _add(things: Things, entry: Entry) -> None:
    """An entry in the API's words, with its author and community, of whom a feed knows only the names."""
    account = (entry.author.name or "").strip().removeprefix("/u/").removeprefix("u/") if entry.author else ""
    community = entry.tags[0] if entry.tags else ""
    html, path = entry.content_html or "", _PATH.match(entry.url or "")
    permalink = path[1] if path else ""
    text, link, post = _TEXT.search(html), _LINK.search(html), _POST.search(permalink)
    is_comment = (entry.id or "").startswith("t1_")
    content = text[1] if text else None if link else html
    plain = re.sub(r"<[^>]*>", "", content or "").strip()
    data = {
        "is_from_feed": True,
        "name": entry.id,
        "permalink": permalink or None,
        "author": account or None,
        "subreddit": community or None,
        "created_utc": entry.published.timestamp() if entry.published else None,
        "edited": entry.updated.timestamp() if entry.updated and entry.published and entry.updated > entry.published else False,
    }
    if is_comment:
        data |= {"body": plain, "body_html": content, "link_id": f"t3_{post[1]}" if post else None}
    else:
        data |= {
            "title": unescape(entry.title or ""),
            "selftext": plain,
            "selftext_html": content,
            "url": unescape(link[1]) if link else None,
        }
    things.add({"kind": (entry.id or "").partition("_")[0], "data": data})
    if is_fullname(entry.id) and entry.id in things.met and ENTITIES.get(str(entry.id)[:2]):
        names = [
            ("users", f"u/{account.lower()}", {"name": account}),
            ("communities", f"r/{community.lower()}", {"display_name": community}),
        ]
        for entity, native_id, payload in names:
            if next(iter(payload.values())):
                things.records.append(Record(entity, native_id, {"is_from_feed": True, **payload}))
