"""What a feed says, whatever its format: plain values, and the readers of single values that all formats share."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from connectors.moments import doubts, order_of, told
from connectors.source import SourceError

ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PLAYER_ID = re.compile(r'(\bid="(?:audio|video)-\d+)-\d+(?=")')
_PLAYER_ADDRESS = re.compile(r'(\bsrc="[^"]*?)(?:\?|&amp;|&#0?38;)_=\d+(?=")')


class NotAFeed(SourceError):
    """The answer cannot be read as a feed; the message says what it is instead."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote an entry or a feed."""

    name: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that belongs to an entry: its address, media type, bytes and seconds as the feed states them."""

    url: str
    type: str | None
    length: int | None
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One item. `identity` tells it from the others of its feed; `element` is its XML, None in a JSON Feed."""

    id: str | None
    url: str | None
    title: str | None
    content_html: str | None
    summary: str | None
    published: datetime | None
    updated: datetime | None
    author: Author | None
    tags: tuple[str, ...]
    comments_url: str | None
    comment_count: int | None
    in_reply_to: tuple[str, ...]
    enclosures: tuple[Enclosure, ...]
    language: str | None
    element: etree._Element | None = None
    identity: str = ""

    @property
    def is_empty(self) -> bool:
        """Nothing in it to tell it by or to read."""
        return not (self.id or self.url or self.title or self.content_html or self.summary or self.enclosures)


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """One answer of a feed.

    `deleted` are ids that it says are gone, `new_url` is where it says it has moved, `unread` are items that are no entries, as JSON.
    """

    format: str
    title: str | None
    subtitle: str | None
    link: str | None
    language: str | None
    image: str | None
    generator: str | None
    author: Author | None
    entries: tuple[Entry, ...]
    next_url: str | None
    deleted: tuple[str, ...] = ()
    new_url: str | None = None
    channel: etree._Element | None = None
    unread: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Dates:
    """The dates of a document's entries, read together: those that are clear tell whether its days or its months come first.

    `notes` are sentences on what could not be read, or was taken on trust.
    """

    def __init__(self, entries: Sequence[Sequence[str | None]]) -> None:
        there = [[text for text in texts if text] for texts in entries]
        order = order_of(text for texts in there for text in texts)
        self._told = {text: told(text, order) for texts in there for text in texts}
        self.notes = doubts([[(text, self._told[text]) for text in texts] for texts in there])

    def moment(self, text: str | None) -> datetime | None:
        """The moment in UTC that one of the texts tells."""
        return self._told[text].moment if text else None


def number(value: Any) -> int | None:
    """A count as a feed writes it; None where it is not a whole number, or an absurd one."""
    matched = re.fullmatch(r"\s*(\d{1,15})(\.0*)?\s*", str(value), re.ASCII)
    return int(matched[1]) if matched else None


def web_address(value: str | None) -> str | None:
    """The value where it is an absolute http address."""
    return value if value and value.lower().startswith(("http://", "https://")) else None


def iso(moment: datetime | None) -> str | None:
    """A UTC moment as text ending in Z."""
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def clean(value: Any) -> str | None:
    """Text without the characters that XML forbids; a number (an id, mostly) as text; None where nothing is left."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return ILLEGAL.sub("", str(value)).strip() or None


def objects(value: Any) -> list[Any]:
    """The mappings among a list's items; none where it is no list."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def joined(base: str, address: str | None) -> str | None:
    """The address, made absolute; None where it cannot be one."""
    try:
        return urljoin(base, address) if address else None
    except ValueError:
        return None


def first_author(authors: Any) -> Author | None:
    """The first of a list of authors who has a name or an address."""
    people = (Author(clean(author.get("name")), web_address(clean(author.get("href") or author.get("url")))) for author in objects(authors))
    return next((person for person in people if person.name or person.url), None)


def unnumbered(html: str | None) -> str | None:
    """Without the numbers that WordPress gives the players of a page in their order: each new one would change all the others' entries."""
    return html and _PLAYER_ADDRESS.sub(r"\1", _PLAYER_ID.sub(r"\1", html))
