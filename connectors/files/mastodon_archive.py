"""What one wrote oneself on Mastodon, as `outbox.json` of the archive that it hands out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree, html

from connectors.files.formats import ItemFormat, LeftOut, Made
from connectors.files.values import moment

_PUBLIC = {"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"}


def _items(value: Any) -> Sequence[Any] | None:
    if not isinstance(value, dict) or value.get("type") not in {"OrderedCollection", "OrderedCollectionPage"}:
        return None
    items = value.get("orderedItems")
    return items if isinstance(items, list) else None


def _activity(activity: Mapping[str, Any]) -> Made:
    note = activity.get("object")
    if activity.get("type") == "Announce":
        raise LeftOut("reposts of another's words")
    if activity.get("type") != "Create" or not isinstance(note, dict):
        raise LeftOut("activities that are no post")
    seen_by = {address for name in ("to", "cc") for address in _listed(note.get(name))}
    if not seen_by & _PUBLIC:
        raise LeftOut("posts that are not public")
    author = note.get("attributedTo") or activity["actor"]
    by = {"id": author, "channel": "microblogs", "url": author, "handle": author.rstrip("/").rpartition("/")[2].lstrip("@")}
    post = {
        "id": note["id"],
        "channel": "microblogs",
        "author_id": author,
        "published_at": moment(note.get("published") or activity["published"], "UTC"),
        "edited_at": _moment_or_text(note.get("updated") or None),
        "url": note.get("url") or note["id"],
        "title": note.get("summary") or None,
        "text": _plain(note.get("content") or "") or None,
        "language": next(iter(note.get("contentMap") or ()), None),
        "in_reply_to_id": note.get("inReplyTo"),
    }
    return [("posts", post), ("authors", by)]


def _moment_or_text(text: str | None) -> str | None:
    """A time that the post can do without: what is none stays for the schema to set aside."""
    try:
        return moment(text, "UTC") if text else None
    except ValueError:
        return text


def _listed(told: Any) -> Sequence[str]:
    return [told] if isinstance(told, str) else [one for one in told or () if isinstance(one, str)]


def _plain(markup: str) -> str:
    """The words of a status: paragraphs and breaks are line ends, tags are gone."""
    if not markup.strip():
        return ""
    parted = re.sub(r"(?i)</p>\s*<p[^>]*>", "\n\n", re.sub(r"(?i)<br\s*/?>", "\n", markup))
    try:
        return str(html.fromstring(f"<div>{parted}</div>").text_content()).strip()
    except (ValueError, etree.ParserError):
        return ""


FORMAT = ItemFormat("a Mastodon archive's outbox", "posts", _items, _activity, marks=("OrderedCollection", "orderedItems"))
