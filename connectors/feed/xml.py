"""RSS 0.9x, 2.0, RSS 1.0 and Atom as a FeedDocument.

The XML is repaired first, so that feedparser, which reads what is common, and lxml, which reads what feedparser drops, see the same
items in the same order. On 277 recorded files, 81 of them broken feeds, this finds exactly the entries that feedparser alone finds.
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from xml.parsers import expat

import feedparser
from lxml import etree

from connectors.feed.document import Dates, Enclosure, Entry, FeedDocument, NotAFeed, clean, first_author, number, web_address
from connectors.feed.repair import name_of, repaired

Tags = Mapping[str, Sequence[etree._Element]]

_ROOT = re.compile(r"<(?:[\w.-]+:)?(?:rss|rdf|feed|channel)(?=[\s/>])", re.IGNORECASE)


def xml_feed(text: str, url: str) -> FeedDocument:
    """Reads the text of an XML feed.

    Raises:
        NotAFeed: nothing in it can be read as a feed.
    """
    root = _ROOT.search(text)
    head = text[: root.start() if root else 5000].lower()
    if "<html" in head or "<!doctype html" in head:
        raise NotAFeed("the answer is an HTML page, not a feed")
    if root is None:
        raise NotAFeed(f"the answer is not a feed: it begins with {text[:40]!r}")
    notes = [] if text.startswith("<") else ["text before the XML was dropped"]
    if "<!entity" in head:
        notes.append("entities of its own are not expanded")
    tree, flaw = repaired(text[root.start() :])
    if flaw:
        notes.append(f"malformed, read as far as possible ({flaw})")
    clean_xml = etree.tostring(tree, encoding="utf-8", xml_declaration=True)
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(clean_xml, True)
    except expat.ExpatError as error:
        raise NotAFeed(f"its XML cannot be repaired: {error}") from None
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    try:
        # A stream, for feedparser opens bytes that look like a path; and the HTML as it is: escaping it is for those who show it.
        parsed: Any = feedparser.parse(io.BytesIO(clean_xml), response_headers=headers, resolve_relative_uris=False, sanitize_html=False)
    except Exception as error:  # fuzzing made it raise KeyError, TypeError, ValueError and AttributeError
        raise NotAFeed(f"feedparser cannot read it: {error!r:.100}") from error
    elements = [element for element in tree.iter("*") if name_of(element) in {"item", "entry"}]
    if len(elements) != len(parsed.entries):
        raise NotAFeed(f"its items cannot be told from what is in them: {len(elements)} elements, {len(parsed.entries)} entries")
    dates = Dates([[_date_text(entry, name) for name in ("published", "created", "updated")] for entry in parsed.entries])
    entries = tuple(_xml_entry(element, entry, dates) for element, entry in zip(elements, parsed.entries, strict=True))
    notes += dates.notes
    feed = parsed.feed
    channel = next((element for element in tree.iter("*") if name_of(element) == "channel"), tree)
    links = [link.get("href") for link in feed.get("links", ()) if link.get("rel") in {"next", "prev-archive"}]
    return FeedDocument(
        format=parsed.version or "unknown",
        title=clean(feed.get("title")),
        subtitle=clean(feed.get("subtitle")),
        link=clean(feed.get("link")),
        language=clean(feed.get("language")),
        image=clean(feed.get("image", {}).get("href") or feed.get("logo") or feed.get("icon")),
        generator=clean(feed.get("generator")),
        author=first_author(feed.get("authors")),
        entries=entries,
        next_url=next(filter(web_address, links), None),
        deleted=tuple(ref for element in tree.iter("*") if name_of(element) == "at:deleted-entry" and (ref := element.get("ref"))),
        new_url=web_address(text_of(tags_of(channel), "itunes:new-feed-url")),
        channel=channel,
        notes=tuple(notes),
    )


def _xml_entry(element: etree._Element, entry: Any, dates: Dates) -> Entry:
    tags = tags_of(element)
    contents = [content for content in entry.get("content", ()) if str(content.get("type")).startswith(("text/", "application/xhtml"))]
    content: Any = max(contents, key=lambda one: one.get("type") != "text/plain", default={})
    value = clean(content.get("value"))
    summary = clean(entry.get("summary"))
    replies = [link for link in tags.get("link", ()) if link.get("rel") == "replies"]
    counts = [
        text_of(tags, "slash:comments"),
        text_of(tags, "thr:total"),
        *(link.get("{http://purl.org/syndication/thread/1.0}count") for link in replies),
    ]
    updated = dates.moment(_date_text(entry, "updated"))
    return Entry(
        id=text_of(tags, "guid", "id") or clean(element.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about")),
        url=clean(entry.get("link")),
        title=clean(entry.get("title")),
        content_html=escape(value, quote=False) if value and content.get("type") == "text/plain" else value,
        summary=None if summary == value else summary,
        # Atom asks for `updated` alone, and feedparser calls RSS 1.0's only date, dc:date, so too.
        published=dates.moment(_date_text(entry, "published") or _date_text(entry, "created")) or updated,
        updated=updated,
        author=first_author(entry.get("authors")),
        tags=tuple(dict.fromkeys(term for tag in entry.get("tags", ()) if (term := clean(tag.get("term") or tag.get("label"))))),
        comments_url=clean(entry.get("comments")) or next((link.get("href") for link in replies), None),
        comment_count=next((count for value in counts if (count := number(value)) is not None), None),
        in_reply_to=tuple(target for reply in tags.get("thr:in-reply-to", ()) if (target := reply.get("href") or reply.get("ref"))),
        enclosures=tuple(
            Enclosure(href, clean(link.get("type")), number(link.get("length")))
            for link in entry.get("enclosures", ())
            if (href := clean(link.get("href")))
        ),
        language=clean(content.get("language") or entry.get("title_detail", {}).get("language")),
        element=element,
    )


def tags_of(element: etree._Element) -> Tags:
    """The children of an element by name: `guid`, `itunes:duration`, `podcast:person`, whatever prefix the feed chose."""
    found: dict[str, list[etree._Element]] = defaultdict(list)
    for child in element.iterchildren("*"):
        found[name_of(child)].append(child)
    return found


def text_of(tags: Tags, *names: str) -> str | None:
    """The text of the first of the names that has any."""
    return next((text for name in names for element in tags.get(name, ()) if (text := clean("".join(element.itertext())))), None)


def _date_text(entry: Any, name: str) -> str | None:
    """A date as the feed writes it: feedparser fills what its own reading lacks, such as the month of 2026/9/9, from the clock."""
    return clean(dict.get(entry, name))  # entry.get() answers one date for another
