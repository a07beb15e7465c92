"""The markup of forums: BBCode, and the XML that phpBB and Flarum store it as."""

from __future__ import annotations

import re

from lxml import etree

from connectors.markup.html import drop, text_of
from connectors.markup.quotes import VALUE, own_bbcode

_CODE = re.compile(rf"\[(/?)([a-z]\w{{0,30}}|\*)(?::[\w:]{{1,20}})?(?:[=\s]{VALUE})?\]", re.IGNORECASE)
_ALONE = frozenset({"*", "hr", "br", "quote"})
_EDGE = "\ue001"
_STORED = re.compile(r"\s*<(?:[rt]|rt|pt)[\s/>]")


def bbcode_text(markup: str) -> str:
    """The text of BBCode without quoted posts. Brackets that are no code stay: [sic], [Morrowbean], an [i] that nothing ends."""
    own = own_bbcode(markup)
    ended = {match[2].lower() for match in _CODE.finditer(own) if match[1]}
    begun = {match[2].lower() for match in _CODE.finditer(own) if not match[1]}

    def plain(match: re.Match[str]) -> str:
        name = match[2].lower()
        is_code = name in _ALONE or (name in ended and name in begun)
        return (_EDGE if name in {"*", "hr", "br"} else "") if is_code else match[0]

    lines = re.sub(rf"(?<!\s){_EDGE}", "\n", _CODE.sub(plain, own)).replace(_EDGE, "")
    return re.sub(r"\n\s*\n\s*", "\n\n", lines).strip()


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
