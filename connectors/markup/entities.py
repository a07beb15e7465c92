"""Character references of HTML: all 2,231 names, numbers, and the numbers that mean a character of Windows-1252."""

from __future__ import annotations

import re
from html import unescape
from html.entities import html5

_REFERENCE = re.compile(r"&(?:#(?:[xX]([\da-fA-F]{1,8})|(\d{1,9}));?|([A-Za-z][A-Za-z\d]{1,31})(;?))")
_SURROGATES = range(0xD800, 0xE000)


def resolved(text: str) -> str:
    """A text with its references resolved once, as browsers do; a no-break space becomes a space.

    What is no reference stays: AT&T, &nope;, &#0;. Of the names that browsers also know without a semicolon, those before = or a
    letter stay as well: they are the query of an address.
    """
    return _REFERENCE.sub(_character, text) if "&" in text else text


def unescaped(text: str) -> str:
    """A title or a name without its references, though it was escaped twice on its way."""
    return resolved(resolved(text))


def _character(match: re.Match[str]) -> str:
    hexadecimal, decimal, name, semicolon = match.groups()
    if name:
        end = match.end()
        is_address = not semicolon and match.string[end : end + 1] in {"=", "_"}
        found = match[0] if is_address else html5.get(name + semicolon, match[0])
    else:
        number = int(hexadecimal, 16) if hexadecimal else int(decimal)
        is_character = 0 < number <= 0x10FFFF and number not in _SURROGATES
        found = unescape(f"&#{number};") if is_character else match[0]
    return found.replace("\xa0", " ")
