"""Blogs by their feeds: RSS, Atom and JSON Feed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping

from connectors.extraction import Extraction
from connectors.feed.document import Author, Entry, FeedDocument, iso, unnumbered
from connectors.feed.reader import check_feed, fetch_feeds
from connectors.feed.rechecks import page_keys
from connectors.guests import is_nobody
from connectors.source import Page, Record, Rejected, Source, Tombstone

_UNSIGNED = re.compile(r"^noreply@blogger\.com \((.*)\)$")


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """Yields the feeds that have changed, with their authors and entries."""
    async for page in fetch_feeds(job, _observe):
        yield page


def _observe(document: FeedDocument, feed_url: str) -> Page:
    entries = [entry for entry in document.entries if not entry.is_empty]
    writers = [_writer(entry, document) for entry in entries]
    pages = page_keys(document, feed_url)
    names = defaultdict[str, set[str]](set)
    for writer in filter(None, writers):
        names[_author_id(writer, feed_url)] |= {" ".join(writer.name.split()).casefold()} if writer.name else set()
    authors = {record.native_id: record for record in (_author(writer, document, feed_url, names) for writer in writers if writer)}
    return Page(
        url=feed_url,
        records=[
            _feed(document, feed_url),
            *authors.values(),
            *(
                _entry(entry, document, _author_id(writer, feed_url) if writer else None, feed_url, pages.get(entry.url))
                for entry, writer in zip(entries, writers, strict=True)
            ),
        ],
        tombstones=[Tombstone("entries", f"{feed_url} {ref}") for ref in document.deleted],
        rejected=[
            *(Rejected("entries", "an item that is no object", item) for item in document.unread),
            *(
                Rejected("entries", "an entry without id, link, title, text or file", {"feed_url": feed_url})
                for entry in document.entries
                if entry.is_empty
            ),
        ],
    )


def _writer(entry: Entry, document: FeedDocument) -> Author | None:
    """Who wrote an entry; None of a comment that nobody signed: the feed is not its author."""
    author = entry.author
    if author and not author.url and is_nobody(_UNSIGNED.sub(r"\1", author.name or "")):
        author = None
    return author or (None if entry.in_reply_to else document.author or Author(None, None))


def _feed(document: FeedDocument, feed_url: str) -> Record:
    names = ("title", "subtitle", "link", "language", "image", "generator", "format")
    return Record("feeds", feed_url, {"feed_url": feed_url, **{name: getattr(document, name) for name in names}})


def _author(author: Author, document: FeedDocument, feed_url: str, names: Mapping[str, set[str]]) -> Record:
    """An author; where several sign with one address, `names` are theirs."""
    author_id = _author_id(author, feed_url)
    name = document.title if author_id == feed_url else author.name
    several = {"names": sorted(names[author_id])} if len(names[author_id]) > 1 else {}
    return Record("authors", author_id, {"author_id": author_id, "name": name, "url": author.url, "feed_url": feed_url, **several})


def _author_id(author: Author, feed_url: str) -> str:
    return author.url or (f"{feed_url}#{author.name}" if author.name else feed_url)


def _entry(entry: Entry, document: FeedDocument, author_id: str | None, feed_url: str, page: str | None) -> Record:
    return Record(
        "entries",
        f"{feed_url} {entry.identity}",
        {
            "feed_url": feed_url,
            "id": entry.id,
            "url": entry.url,
            "title": entry.title,
            "content_html": unnumbered(entry.content_html),
            "summary": entry.summary,
            "published": iso(entry.published),
            "updated": iso(entry.updated),
            "author_id": author_id,
            "tags": list(entry.tags),
            "comments_url": entry.comments_url,
            "comment_count": entry.comment_count,
            "in_reply_to": list(entry.in_reply_to),
            "enclosures": [{"url": file.url, "type": file.type, "length": file.length} for file in entry.enclosures],
            "language": entry.language or document.language,
        },
        published_at=entry.published,
        lookup_key=page,
    )


SOURCE = Source(
    platform="feeds",
    channel="blogs",
    entities={
        "feeds": "One row per feed: what it says of itself.",
        "authors": "One row per author that a feed names, or per feed whose entries name none.",
        "entries": "One row per entry of a feed.",
    },
    follows=frozenset({"feeds"}),
    requires=frozenset({"feeds"}),
    fetch=fetch,
    check=check_feed,
    rechecks=frozenset({"entries"}),
)
