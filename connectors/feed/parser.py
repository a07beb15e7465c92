"""A feed's body as a FeedDocument: which format it is, in which encoding, JSON Feed itself, and what tells its entries apart."""

from __future__ import annotations

import codecs
import json
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from html import escape
from typing import Any

from connectors.feed.document import (
    Dates,
    Enclosure,
    Entry,
    FeedDocument,
    NotAFeed,
    clean,
    first_author,
    joined,
    number,
    objects,
    web_address,
)
from connectors.feed.xml import xml_feed


def parse_feed(body: bytes, content_type: str, url: str) -> FeedDocument:
    """Reads a body as RSS, Atom or JSON Feed, told by the body alone; `url` is what relative links are relative to.

    Raises:
        NotAFeed: nothing in it can be read as a feed.
    """
    text = _decoded(body, content_type)
    start = text.lstrip()
    if not start:
        raise NotAFeed("the answer is empty")
    document = _json_feed(start, url) if start[0] in "{[" else xml_feed(start, url)
    return replace(document, entries=_identified(document.entries))


def _decoded(body: bytes, content_type: str) -> str:
    """Text of bytes. UTF-8 that decodes is UTF-8 whatever the server claims; other claims are tried; Windows-1252 reads anything."""
    marks = {
        codecs.BOM_UTF8: "utf-8",
        codecs.BOM_UTF16_LE: "utf-16-le",
        codecs.BOM_UTF16_BE: "utf-16-be",
        b"<\0?\0": "utf-16-le",
        b"\0<\0?": "utf-16-be",
    }
    for mark, encoding in marks.items():
        if body.startswith(mark):
            return body.decode(encoding, "replace").removeprefix("\ufeff")
    claims = re.findall(r"charset=[\"']?([\w.:-]+)", content_type)
    claims += [found.decode() for found in re.findall(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)", body[:2000])[:1]]
    for claim in (*claims, "utf-8") if body.isascii() else ("utf-8", *claims):
        try:
            return body.decode("gb18030" if claim.lower() == "gb2312" else claim)
        except (LookupError, ValueError):
            continue
    return body.decode("windows-1252", "replace")


def _json_feed(text: str, url: str) -> FeedDocument:
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotAFeed(f"the answer is JSON that does not parse: {error}") from None
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise NotAFeed("the answer is JSON, but not a JSON Feed: it has no list `items`")
    items = objects(feed["items"])
    dates = Dates([[clean(item.get(name)) for name in ("date_published", "date_modified")] for item in items])
    entries = tuple(_json_entry(item, url, dates) for item in items)
    next_url = clean(feed.get("next_url"))
    return FeedDocument(
        format="json11" if "1.1" in str(feed.get("version")) else "json10",
        title=clean(feed.get("title")),
        subtitle=clean(feed.get("description")),
        link=clean(feed.get("home_page_url")),
        language=clean(feed.get("language")),
        image=clean(feed.get("icon") or feed.get("favicon")),
        generator=None,
        author=first_author(feed.get("authors") or [feed.get("author")]),
        entries=entries,
        next_url=web_address(joined(url, next_url)),
        unread=tuple(json.dumps(item)[:2000] for item in feed["items"] if not isinstance(item, dict)),
        notes=tuple(dates.notes),
    )


def _json_entry(item: dict[str, Any], url: str, dates: Dates) -> Entry:
    text = clean(item.get("content_text"))
    tags = item.get("tags")
    attachments = ((web_address(joined(url, clean(file.get("url")))), file) for file in objects(item.get("attachments")))
    return Entry(
        id=clean(item.get("id")),
        url=joined(url, clean(item.get("url") or item.get("external_url"))),
        title=clean(item.get("title")),
        content_html=clean(item.get("content_html")) or (escape(text, quote=False) if text else None),
        summary=clean(item.get("summary")),
        published=dates.moment(clean(item.get("date_published"))),
        updated=dates.moment(clean(item.get("date_modified"))),
        author=first_author(item.get("authors") or [item.get("author")]),
        tags=tuple(dict.fromkeys(term for tag in tags if (term := clean(tag)))) if isinstance(tags, list) else (),
        comments_url=None,
        comment_count=None,
        in_reply_to=(),
        enclosures=tuple(
            Enclosure(address, clean(file.get("mime_type")), number(file.get("size_in_bytes")), number(file.get("duration_in_seconds")))
            for address, file in attachments
            if address
        ),
        language=clean(item.get("language")),
    )


def _identified(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Gives each entry its identity: its id, or else its link, unless different entries share it; or else a hash of what it says."""
    ids = _shared(entries, lambda entry: entry.id, lambda entry: entry.url or entry.title)
    links = _shared(entries, lambda entry: entry.url, lambda entry: (entry.id, entry.title, entry.published))
    return tuple(
        replace(
            entry,
            identity=entry.id
            if entry.id and entry.id not in ids
            else entry.url
            if entry.url and entry.url not in links
            else sha256(f"{entry.title}\n{entry.published}\n{entry.content_html or entry.summary}".encode()).hexdigest(),
        )
        for entry in entries
    )


def _shared(entries: Sequence[Entry], key: Callable[[Entry], Any], rest: Callable[[Entry], Any]) -> set[Any]:
    """The keys under which entries stand that differ in the rest; the same entry twice in a feed is no sharing."""
    found: dict[Any, set[Any]] = defaultdict(set)
    for entry in entries:
        found[key(entry)].add(rest(entry))
    return {value for value, others in found.items() if len(others) > 1}
