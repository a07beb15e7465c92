"""HTML as lxml reads it: without what it quotes, or as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeGuard

import lxml.html
from lxml import etree

from connectors.markup.entities import resolved
from connectors.markup.quotes import is_attribution

_AMPERSAND = "\ue000"  # of Unicode's private use: lxml knows the 253 names of HTML 4 alone, so it is shown none
_EDGE = "\ue001"
_IN_ADDRESS = "%EE%80%80"  # as lxml writes it in an address
_QUOTING = frozenset({
    "quote", "quoteheader", "quotetitle", "quotecontent", "quotefooter", "topslice_quote", "bbcode_quote", "bbcode_postedby", "ipsquote",
    "bbcodeblock--quote", "mycode_quote", "gmail_quote", "yahoo_quoted", "moz-cite-prefix", "quote-inline", "onebox", "twitter-tweet",
})  # fmt: skip
"""Classes of what boards, mail programs and embedded posts put quoted words in; an onebox previews the page of a link."""
_EMBEDDED = re.compile(r"\b(?:onebox|twitter-tweet|instagram-media|tiktok-embed|[a-z]+-embed)\b")
_UNSEEN = ("script", "style", "template")
_BLOCKS = (
    "br", "p", "div", "li", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "ul", "ol", "dl", "dt", "dd", "hr", "section",
    "article", "figure", "QUOTE", "LI",
)  # fmt: skip


def own_html(markup: str) -> str:
    """HTML without the elements that quote others, but for the links of embedded posts and a quote's `cite`: these are the author's.

    The line above a quote that only says whose words follow goes with it.
    """
    root = _tree(markup)
    if root is None:
        return markup
    _drop_quotes(root)
    inner = (root.text or "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    inner += "".join(lxml.html.tostring(child, encoding="unicode") for child in root)
    return inner.replace(_AMPERSAND, "&").replace(_IN_ADDRESS, "&")


def html_text(markup: str, *, is_whole: bool = False) -> str:
    """The plain text of HTML without what it quotes; `is_whole`: with it."""
    if "<" not in markup:
        return resolved(markup).strip()
    root = _tree(markup)
    if root is None:
        return resolved(markup).strip()
    if not is_whole:
        _drop_quotes(root)
    for element in list(root.iter(*_UNSEEN)):
        drop(element)
    return resolved(text_of(root).replace(_AMPERSAND, "&")).strip()


def text_of(root: etree._Element) -> str:
    """The text of a tree, its blocks on lines of their own."""
    for block in root.iter(*_BLOCKS):
        block.tail = _EDGE + (block.tail or "")
        if block.tag != "br":
            block.text = _EDGE + (block.text or "")
    lines = re.sub(f"{_EDGE}+", "\n", "".join(root.itertext()))
    return re.sub(r"\n\s*\n\s*", "\n\n", lines).strip()


def drop(element: etree._Element) -> None:
    """Takes an element out and leaves the text that follows it."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    parent.remove(element)


def _tree(markup: str) -> lxml.html.HtmlElement | None:
    """None where nothing can be read in it."""
    shown = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", markup).replace("&", _AMPERSAND)
    try:
        return lxml.html.fragment_fromstring(shown, create_parent="div", parser=lxml.html.HTMLParser(huge_tree=True))
    except (etree.LxmlError, ValueError, RecursionError):
        return None


def _drop_quotes(root: etree._Element) -> None:
    for quote in list(_quotes(root)):
        before = quote.getprevious()
        if _attributes(before):
            drop(before)
        links = [link for link in (quote.get("cite"), *_embedded(quote)) if link]
        space = etree.Element("br")
        space.tail, quote.tail = quote.tail, None
        quote.addprevious(space)
        for link in links:
            anchor = etree.Element("a", href=link)
            space.addprevious(anchor)
        drop(quote)


def _attributes(before: etree._Element | None) -> TypeGuard[etree._Element]:
    if before is None or before.tag not in {"p", "div"} or (before.tail or "").strip():
        return False
    return is_attribution("".join(before.itertext()))


def _quotes(root: etree._Element) -> Iterator[etree._Element]:
    """The outermost elements that quote."""
    waiting = [*reversed(root)]
    while waiting:
        element = waiting.pop()
        if not isinstance(element.tag, str):
            continue
        if element.tag == "blockquote" or _QUOTING.intersection((element.get("class") or "").lower().split()):
            yield element
        else:
            waiting.extend(reversed(element))


def _embedded(quote: etree._Element) -> list[str]:
    """Where an embedded post or a previewed page stands: its last link, if nothing else tells."""
    if not _EMBEDDED.search((quote.get("class") or "").lower()):
        return []
    address = quote.get("data-onebox-src") or quote.get("data-instgrm-permalink")
    return [address] if address else [link.get("href") or "" for link in quote.iter("a")][-1:]
