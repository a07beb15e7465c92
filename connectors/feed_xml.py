"""RSS 0.9x, 2.0, RSS 1.0 and Atom as a FeedDocument.

XML from strangers is first read by lxml in recovery, without DTD, entities or network, and written anew as well-formed XML for
feedparser. feedparser's own parser for broken feeds is never entered: it takes quadratic time on unclosed markup, and on 277
recorded files, 81 of them broken feeds, this way finds exactly the entries that it finds.
"""

from __future__ import annotations

import io
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from html.entities import html5
from typing import Any
from xml.parsers import expat

import feedparser
from lxml import etree

from connectors.feed_document import ILLEGAL, Enclosure, Entry, FeedDocument, NotAFeed, clean, first_author, number, web_address

Tags = Mapping[str, Sequence[etree._Element]]

_FAMILIES = {
    "": "",
    "www.w3.org/2005/atom": "",
    "purl.org/atom/ns#": "",
    "purl.org/rss/1.0": "",
    "my.netscape.com/rdf/simple/0.9": "",
    "backend.userland.com/rss2": "",
    "www.w3.org/1999/xhtml": "xhtml",
    "www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "purl.org/rss/1.0/modules/content": "content",
    "purl.org/dc/elements/1.1": "dc",
    "purl.org/rss/1.0/modules/slash": "slash",
    "purl.org/syndication/thread/1.0": "thr",
    "purl.org/atompub/tombstones/1.0": "at",
    "www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "podcastindex.org/namespace/1.0": "podcast",
    "github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast",
}
_UNDECLARED = {family: f"http://{address}" for address, family in _FAMILIES.items() if family}
_ROOT = re.compile(r"<(?:[\w.-]+:)?(?:rss|rdf|feed|channel)(?=[\s/>])", re.IGNORECASE)
_AMPERSAND = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(?!#\d+;|#x[0-9a-fA-F]+;|(?:lt|gt|amp|quot|apos);)(?:(\w+);)?", re.DOTALL)
_NAMESPACE = re.compile(r"(?<=\s)(xmlns(?::[\w.-]+)?=)([\"'])([^\"'<>]*)\2")
_AUTHORS = frozenset({"author", "creator", "managingeditor", "webmaster", "publisher"})
_CATEGORIES = frozenset({"category", "subject", "keywords", "tags"})
_MOST_CHARACTERS = 1000
_MOST_CATEGORIES = 500


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
    tree, flaw = _tree(text[root.start() :])
    if flaw:
        notes.append(f"malformed, read as far as possible ({flaw})")
    _bound(tree)
    repaired = etree.tostring(tree, encoding="utf-8", xml_declaration=True)
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(repaired, True)
    except expat.ExpatError as error:
        raise NotAFeed(f"its XML cannot be repaired: {error}") from None
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    try:
        # A stream, for feedparser opens bytes that look like a path; and neither option, for both start the parser that is never entered.
        parsed: Any = feedparser.parse(io.BytesIO(repaired), response_headers=headers, resolve_relative_uris=False, sanitize_html=False)
    except Exception as error:  # fuzzing made it raise KeyError, TypeError, ValueError and AttributeError
        raise NotAFeed(f"feedparser cannot read it: {error!r:.100}") from error
    elements = [element for element in tree.iter("*") if _name(element) in {"item", "entry"}]
    if len(elements) != len(parsed.entries):
        raise NotAFeed(f"its items stand in an unknown XML namespace ({len(elements)} against {len(parsed.entries)})")
    entries = tuple(_xml_entry(element, entry) for element, entry in zip(elements, parsed.entries, strict=True))
    undatable = sum(
        entry.published is None and bool(dict.get(raw, "published") or dict.get(raw, "updated"))
        for entry, raw in zip(entries, parsed.entries, strict=True)
    )
    if undatable:
        notes.append(f"{undatable} of {len(entries)} entries have a date that cannot be read")
    feed = parsed.feed
    channel = next((element for element in tree.iter("*") if _name(element) == "channel"), tree)
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
        deleted=tuple(ref for element in tree.iter("*") if _name(element) == "at:deleted-entry" and (ref := element.get("ref"))),
        new_url=web_address(text_of(tags_of(channel), "itunes:new-feed-url")),
        channel=channel,
        notes=tuple(notes),
    )


def _tree(text: str) -> tuple[etree._Element, str | None]:
    """The repaired XML and its first flaw."""
    cleaned = _NAMESPACE.sub(_without_spaces, _AMPERSAND.sub(_as_reference, ILLEGAL.sub("", text)))
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    tree = etree.fromstring(cleaned.encode(), parser)
    if tree is None:
        raise NotAFeed("its XML has no readable element")
    for element in tree.iter("*"):
        if ":" in (tag := str(element.tag)) and tag[0] != "{":
            element.tag = _qualified(tag)
        for name in [name for name in map(str, element.attrib) if ":" in name and name[0] != "{"]:
            element.set(_qualified(name), str(element.attrib.pop(name)))
    errors = parser.error_log.filter_from_errors()
    return tree, f"line {errors[0].line}: {errors[0].message[:120]}" if len(errors) else None


def _qualified(name: str) -> str:
    """A name whose prefix was never declared, in the namespace that everybody means by it; a name that is none, made one."""
    matched = re.fullmatch(r"([a-z_][\w.-]*):([a-z_][\w.-]*)", name, re.IGNORECASE | re.ASCII)
    if not matched:
        return "_" + re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)
    return f"{{{_UNDECLARED.get(matched[1].lower(), 'undeclared:' + matched[1])}}}{matched[2]}"


def _without_spaces(found: re.Match[str]) -> str:
    """A namespace declaration without blanks in its address, which expat cannot read."""
    return f"{found[1]}{found[2]}{''.join(found[3].split())}{found[2]}"


def _as_reference(found: re.Match[str]) -> str:
    """An ampersand that XML does not know: an HTML entity as the characters it stands for, any other as itself."""
    if found[0][0] == "<":
        return found[0]
    letters = html5.get(f"{found[1]};") if found[1] else None
    return "".join(f"&#{ord(letter)};" for letter in letters) if letters else "&amp;" + found[0][1:]


def _bound(tree: etree._Element) -> None:
    """Cuts what feedparser takes quadratic time on: 40 kB of author took 12 s, 4,000 categories of one item 1 s."""
    categories: Counter[etree._Element | None] = Counter()
    for element in list(tree.iter("*")):
        name = _local(element)
        if name in _AUTHORS or name in _CATEGORIES:
            element.text = (element.text or "")[:_MOST_CHARACTERS]
            for child in element:
                child.tail = None
        if name in _CATEGORIES and (parent := element.getparent()) is not None:
            categories[parent] += 1 + (element.text or "").count(",")
            if categories[parent] > _MOST_CATEGORIES:
                parent.remove(element)


def _name(element: etree._Element) -> str:
    namespace = str(element.tag).rpartition("}")[0].strip("{}").lower()
    address = namespace.removeprefix("https://").removeprefix("http://").rstrip("/")
    family = _FAMILIES.get(address, "" if element.prefix is None else "other")
    return f"{family}:{_local(element)}" if family else _local(element)


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _xml_entry(element: etree._Element, entry: Any) -> Entry:
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
    updated = _moment(dict.get(entry, "updated_parsed"))
    return Entry(
        id=text_of(tags, "guid", "id") or clean(element.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about")),
        url=clean(entry.get("link")),
        title=clean(entry.get("title")),
        content_html=escape(value, quote=False) if value and content.get("type") == "text/plain" else value,
        summary=None if summary == value else summary,
        # Atom asks for `updated` alone, and feedparser calls RSS 1.0's only date, dc:date, so too.
        published=_moment(entry.get("published_parsed") or dict.get(entry, "created_parsed")) or updated,
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
        found[_name(child)].append(child)
    return found


def text_of(tags: Tags, *names: str) -> str | None:
    """The text of the first of the names that has any."""
    return next((text for name in names for element in tags.get(name, ()) if (text := clean("".join(element.itertext())))), None)


def _moment(parts: Any) -> datetime | None:
    """Of feedparser's nine numbers, in UTC."""
    if not parts:
        return None
    year, month, day, hour, minute, second = parts[:6]
    try:
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)  # a leap second is 60
    except ValueError:
        return None
