"""XML from strangers, repaired: text becomes an XML tree without entities, comments or network, in linear time.

lxml's own recovery closes the wrong elements after one missing or surplus end tag and drops the rest of the feed, so tags are
balanced first.
"""

from __future__ import annotations

import re
from collections import Counter
from html.entities import html5

from lxml import etree

from connectors.feed.document import ILLEGAL, NotAFeed

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
    "www.youtube.com/xml/schemas/2015": "yt",
    "github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast",
}
_UNDECLARED = {family: f"http://{address}" for address, family in _FAMILIES.items() if family}
_AMPERSAND = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(?!#\d+;|#x[0-9a-fA-F]+;|(?:lt|gt|amp|quot|apos);)(?:(\w+);)?", re.DOTALL)
_NAMESPACE = re.compile(r"(?<=\s)(xmlns(?::[\w.-]+)?=)([\"'])([^\"'<>]*)\2")
_TOKEN = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)"
    r"|<(?P<end>/?)(?P<name>[A-Za-z_][\w.:-]*+)(?:[^<>\"'/]|/(?!>)|\"[^\"<]*+\"|'[^'<]*+')*+(?P<empty>/?)>|<",
    re.DOTALL,
)
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_ITEMS = frozenset({"item", "entry"})
_CONTAINERS = frozenset({"channel", "feed", "rss", "rdf"})
_AUTHORS = frozenset({"author", "creator", "managingeditor", "webmaster", "publisher"})
_CATEGORIES = frozenset({"category", "subject", "keywords", "tags"})
_MOST_CHARACTERS = 1000
_MOST_CATEGORIES = 500
_MOST_ATTRIBUTES = 100
_MOST_NAMESPACES = 100


def repaired(text: str) -> tuple[etree._Element, str | None]:
    """The element that a text begins with, in which every name is one and feedparser's time is bounded, and the text's first flaw.

    Raises:
        NotAFeed: there is no element, or more namespaces than feedparser can bear (20,000 took it 88 s).
    """
    cleaned = _NAMESPACE.sub(_without_spaces, _AMPERSAND.sub(_as_reference, ILLEGAL.sub("", text)))
    tree, flaw = _parsed(cleaned)
    if flaw:
        tree = max(_parsed(_balanced(cleaned))[0], tree, key=_items)
    if tree is None:
        raise NotAFeed("its XML has no readable element")
    for element in tree.iter("*"):
        if element.tag != (tag := _qualified(str(element.tag))):
            element.tag = tag
        for name in map(str, element.attrib):
            if name != (qualified := _qualified(name)):
                element.set(qualified, str(element.attrib.pop(name)))
    _bound(tree)
    etree.cleanup_namespaces(tree)
    if (namespaces := len({str(element.tag).rpartition("}")[0] for element in tree.iter("*")})) > _MOST_NAMESPACES:
        raise NotAFeed(f"its elements are in {namespaces} XML namespaces")
    return tree, flaw


def _parsed(text: str) -> tuple[etree._Element | None, str | None]:
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
    tree = etree.fromstring(text.encode(), parser)
    errors = parser.error_log.filter_from_errors()
    return tree, f"line {errors[0].line}: {errors[0].message[:120]}" if len(errors) else None


def _items(tree: etree._Element | None) -> int:
    return -1 if tree is None else sum(_local(element) in _ITEMS for element in tree.iter("*"))


def _balanced(text: str) -> str:
    """The text with each element closed where one around it is, or where an item begins; without end tags of nothing or a bare `<`."""
    pieces: list[str] = []
    opened: list[str] = []
    counts: Counter[str] = Counter()
    position = 0

    def close() -> str:
        name = opened.pop()
        counts[name.lower()] -= 1
        pieces.append(f"</{name}>")
        return name.lower()

    for token in _TOKEN.finditer(text):
        pieces.append(text[position : token.start()])
        position = token.end()
        name = (token["name"] or "").lower()
        if not name:
            pieces.append("&lt;" if token[0] == "<" else token[0])
        elif not token["end"]:
            while name in _ITEMS and opened and opened[-1].lower().rpartition(":")[2] not in _CONTAINERS:
                close()
            pieces.append(token[0])
            if not token["empty"]:
                opened.append(token["name"])
                counts[name] += 1
        elif counts[name]:
            while close() != name:
                pass
    pieces.append(text[position:])
    while opened:
        close()
    return "".join(pieces)


def _as_reference(found: re.Match[str]) -> str:
    """An ampersand that XML does not know: an HTML entity as the characters it stands for, any other as itself."""
    if found[0][0] == "<":
        return found[0]
    letters = html5.get(f"{found[1]};") if found[1] else None
    return "".join(f"&#{ord(letter)};" for letter in letters) if letters else "&amp;" + found[0][1:]


def _qualified(name: str) -> str:
    """A name whose prefix was never declared, in the namespace that everybody means by it; a name that is none, made one."""
    if _NAME.fullmatch(name.rpartition("}")[2]):
        return name
    prefix, _, local = name.partition(":")
    if _NAME.fullmatch(prefix) and _NAME.fullmatch(local):
        return f"{{{_UNDECLARED.get(prefix.lower(), 'undeclared')}}}{local}"
    return "_" + re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)


def _without_spaces(found: re.Match[str]) -> str:
    """A namespace declaration without blanks in its address, which expat cannot read."""
    return f"{found[1]}{found[2]}{''.join(found[3].split())}{found[2]}"


def _bound(tree: etree._Element) -> None:
    """Cuts what feedparser takes quadratic time on: 40 kB of author took 12 s, 4,000 categories of one item 1 s, 8,000 attributes 1 s."""
    categories: Counter[etree._Element | None] = Counter()
    for element in list(tree.iter("*")):
        name = _local(element)
        for surplus in list(element.attrib)[_MOST_ATTRIBUTES:]:
            del element.attrib[surplus]
        if name in _AUTHORS or name in _CATEGORIES:
            element.text = (element.text or "")[:_MOST_CHARACTERS]
            for child in element:
                child.tail = None
        if name in _CATEGORIES and (parent := element.getparent()) is not None:
            categories[parent] += 1 + (element.text or "").count(",")
            if categories[parent] > _MOST_CATEGORIES:
                parent.remove(element)


def name_of(element: etree._Element) -> str:
    """`guid`, `itunes:duration`, `podcast:person`: lower case, with the prefix that is usual for the namespace, whatever the feed's is."""
    namespace = str(element.tag).rpartition("}")[0].strip("{}").lower()
    address = namespace.removeprefix("https://").removeprefix("http://").rstrip("/")
    family = _FAMILIES.get(address, "" if element.prefix is None else "other")
    return f"{family}:{_local(element)}" if family else _local(element)


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()
