"""The markup of forums: BBCode, and the XML that phpBB and Flarum store it as."""

from __future__ import annotations

import re

from lxml import etree

from connectors.markup.html import drop, text_of
from connectors.markup.quotes import VALUE, own_bbcode

_CODE = re.compile(rf"\[(/?)([a-z]\w{{0,30}}|\*)((?::[\w:]{{1,20}})?)(?:[=\s]{VALUE})?\]", re.IGNORECASE)
_KNOWN = frozenset({
    "b", "i", "u", "s", "url", "img", "size", "color", "colour", "code", "php", "html", "list", "li", "ul", "ol", "email", "youtube",
    "video", "media", "attachment", "attach", "flash", "spoiler", "hide", "font", "center", "left", "right", "justify", "align", "indent",
    "table", "tr", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "sub", "sup", "pre", "user", "mention", "highlight", "noparse", "quote",
    "strike", "del", "ins", "mark", "audio", "gallery", "icode", "ispoiler", "plain",
})  # fmt: skip
_ALONE = frozenset({"*", "hr", "br", "quote"})
_STORED = re.compile(r"\s*<(?:[rt]|rt|pt)[\s/>]")


def bbcode_text(markup: str) -> str:
    """The text of BBCode without quoted posts. Brackets that are no code stay: [sic], [Morrowbean], an [i] that nothing ends."""
    own = own_bbcode(markup)
    ended = {match[2].lower() for match in _CODE.finditer(own) if match[1]}
    begun = {match[2].lower() for match in _CODE.finditer(own) if not match[1]}

    def plain(match: re.Match[str]) -> str:
        name = match[2].lower()
        is_code = name in _ALONE or bool(match[3]) or (name in ended and name in begun)
        return ("\n" if name in {"hr", "br"} else "") if is_code else match[0]

    return re.sub(r"\n\s*\n\s*", "\n\n", _CODE.sub(plain, own)).strip()


def stored_text(markup: str) -> str | None:
    """The text of stored XML without quoted posts, None where it is none; `s`, `e` and `i` hold the code that a reader does not see."""
    if not _STORED.match(markup):
        return None
    try:
        root = etree.fromstring(markup.strip(), etree.XMLParser(resolve_entities=False, no_network=True, recover=True))
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root is None:
        return None
    for hidden in root.xpath("//s | //e | //i | //QUOTE"):
        if hidden.tag == "QUOTE":
            hidden.tail = "\n" + (hidden.tail or "")
        drop(hidden)
    return own_bbcode(text_of(root)).strip()
