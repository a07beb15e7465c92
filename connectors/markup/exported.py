"""Texts that a tool exported, which are plain by our schema and are often none."""

from __future__ import annotations

import re

from connectors.markup.entities import resolved
from connectors.markup.html import html_text, own_html
from connectors.markup.quotes import own_words

_ELEMENT = re.compile(r"</(?:p|div|a|b|i|em|strong|span|blockquote|ul|ol|li|h[1-6]|code|pre|u)\s*>|<(?:br|p)\s*/?>", re.IGNORECASE)

_ESCAPED_MARK = re.compile(r"^(?:[ \t]{0,3}&gt;)+(?=\s)", re.MULTILINE)


def exported_text(text: str) -> str:
    """The plain text of what looks like HTML, without what it quotes; of anything else the text with its entities resolved."""
    return html_text(text) if _ELEMENT.search(text) else resolved(text)


def own_export(text: str) -> str:
    """The same text without what it quotes: in HTML, in BBCode, or on lines that begin with >, which may be escaped."""
    if _ELEMENT.search(text):
        return own_html(text)
    return own_words(_ESCAPED_MARK.sub(lambda marks: resolved(marks[0]), text))
