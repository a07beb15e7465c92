"""Posts that a researcher captured: tables that 4CAT exports."""

from __future__ import annotations

import re
from collections.abc import Sequence

from connectors.files.formats import Cells, Made, TableFormat, first
from connectors.files.listening import channel_of, site_of
from connectors.files.values import epoch, harmless, moment
from connectors.guests import GUEST, is_nobody
from connectors.settings import TableDialect

PLATFORMS = {"x.com": "x", "twitter.com": "x", "instagram.com": "instagram", "tiktok.com": "tiktok", "linkedin.com": "linkedin"}
"""What ids of posts and accounts begin with, by the site that they were captured on."""


def count(told: object) -> str | None:
    """A count as captured; one below nought says that the site hides it."""
    text = "" if told is None else str(told)
    return None if not text or text.startswith("-") else text


def captured(
    site: str, number: str, at: str, url: str | None, text: str | None, author: dict[str, str | None], told: dict[str, str | None]
) -> Made:
    """A post and its author, under ids that begin with the platform's name; `author` has id, handle, name and what else is known."""
    platform, channel = PLATFORMS.get(site, site), channel_of(f"https://{site}/", None)
    who = author["id"] or author["handle"] or author.get("name")
    if channel is None or not who:
        raise ValueError(f"names no author or is of a site that is not known: '{site[:80]}'")
    is_guest = is_nobody(who)
    post = {
        "id": f"{platform}:{number}",
        "channel": channel,
        "author_id": GUEST if is_guest else f"{platform}:{who}",
        "published_at": at,
        "url": url,
        "text": text,
    }
    if is_guest:
        return [("posts", {**post, **told})]
    return [("posts", {**post, **told}), ("authors", {**author, "id": f"{platform}:{who}", "channel": channel})]


def _four_cat(rows: Sequence[Cells], dialect: TableDialect) -> Made:
    (row,) = rows
    url = next((row[name] for name in _ADDRESSES if re.match(r"https?://", row.get(name, ""))), None)
    at = epoch(row["unix_timestamp"]) if "unix_timestamp" in row else moment(row.get("timestamp", ""), "UTC")
    number, thread = row["id"], row.get("thread_id")
    site = site_of(url)
    parent = f"{PLATFORMS.get(site, site)}:{thread}" if thread and thread != number else None
    author = {
        "id": row.get("author_id"),
        "handle": harmless(row.get("author")),
        "name": harmless(first(row, "author_fullname", "author_full", "author_name")),
        "url": first(row, "author_url"),
        "bio": first(row, "author_description"),
        "followers": count(row.get("author_followers")),
    }
    told = {
        "in_reply_to_id": parent,
        "language": first(row, "language_guess"),
        "views": count(first(row, "impression_count", "plays")),
        "likes": count(first(row, "like_count", "num_likes", "likes", "reactions")),
        "comments": count(first(row, "reply_count", "num_comments", "comments")),
        "shares": count(first(row, "retweet_count", "shares")),
    }
    return captured(site, number, at, url, row.get("body"), author, told)


_ADDRESSES = ("link", "tiktok_url", "post_url", "url")

FORMATS = (
    TableFormat(
        "4CAT's datasets",
        "posts",
        signs=(("id",), ("thread_id",), ("timestamp",), ("body",), ("author",), ("link", "tiktok_url", "post_url", "url")),
        make=_four_cat,
    ),
)
