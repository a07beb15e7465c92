"""Mentions as listening tools export them: posts and authors; reach and sentiment stay theirs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from connectors.files.formats import Cells, Made, TableFormat, first
from connectors.files.values import harmless, moment, whole
from connectors.guests import GUEST, is_nobody
from connectors.settings import TableDialect

_OF_SITES = {
    "x.com": "microblogs", "twitter.com": "microblogs", "bsky.app": "microblogs", "threads.net": "microblogs", "threads.com": "microblogs",
    "mastodon.social": "microblogs", "tumblr.com": "blogs", "reddit.com": "communities", "quora.com": "communities",
    "facebook.com": "social_networks", "instagram.com": "social_networks", "linkedin.com": "social_networks", "vk.com": "social_networks",
    "pinterest.com": "bookmarks", "youtube.com": "vlogs", "tiktok.com": "vlogs", "twitch.tv": "vlogs", "wikipedia.org": "wikis",
}  # fmt: skip
_OF_KINDS = {
    "blog": "blogs", "news": "blogs", "forum": "message_boards", "messageboard": "message_boards", "review": "communities",
    "podcast": "podcasts", "broadcast": "podcasts", "radio": "podcasts", "twitter": "microblogs", "bluesky": "microblogs",
    "reddit": "communities", "facebook": "social_networks", "instagram": "social_networks", "linkedin": "social_networks",
    "youtube": "vlogs", "tiktok": "vlogs", "video": "vlogs", "wiki": "wikis", "tumblr": "blogs", "print": "blogs", "tv": "vlogs",
}  # fmt: skip
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def site_of(url: str | None) -> str:
    """The site of an address, without www and the like."""
    try:
        return re.sub(r"^(?:www|m|mobile|old)\.", "", urlsplit(url or "").hostname or "")
    except ValueError:
        return ""


_OF_ONE_VOICE = ("blogs", "podcasts", "wikis")
"""What a site publishes as its own where no author is named; elsewhere it only holds what many people say."""


def channel_of(url: str | None, kind: str | None) -> str | None:
    """The kind of channel: the site's where it is a known platform, else what the tool calls it; None where neither tells."""
    site = site_of(url)
    known = next((channel for name, channel in _OF_SITES.items() if site == name or site.endswith(f".{name}")), None)
    words = re.sub(r"[^a-z]", "", (kind or "").lower())
    return known or next((channel for word, channel in _OF_KINDS.items() if word in words), None)


def _mention(cells: Cells, tool: str, at: str, kind: str | None, columns: Mapping[str, Sequence[str]]) -> Made:
    told = {name: first(cells, *names) for name, names in columns.items()}
    url, site = told["url"], site_of(told["url"])
    channel = channel_of(url, kind)
    if channel is None:
        raise ValueError(f"is of no kind of channel that is known: '{(kind or site)[:80]}'")
    handle = harmless((told["handle"] or "").lstrip("@")) or None
    name = harmless(told["name"])
    who = next((one for one in (harmless(told["author_id"]), handle, name) if not is_nobody(one)), None)
    is_guest = who is None and (channel not in _OF_ONE_VOICE or not site)
    author = GUEST if is_guest else f"{tool}:{site}:{who}" if who else f"{tool}:{site}"
    text = told["text"] or ""
    made_id = hashlib.sha256(f"{url} {at} {author} {text}".encode("utf-8", "replace")).hexdigest()
    post: dict[str, str | None] = {
        "id": f"{tool}:{told['id'] or url or made_id}",
        "channel": channel,
        "author_id": author,
        "published_at": at,
        "url": url if url and re.match(r"https?://", url) else None,
        "title": told["title"],
        "text": text or None,
        "language": (told["language"] or "").lower() if re.fullmatch(r"[A-Za-z]{2,3}", told["language"] or "") else None,
        **{count: whole(told[count]) for count in ("views", "likes", "comments", "shares")},
        "reported_by": tool,
        "reported_reach": whole(told["reach"]),
        "reported_sentiment": told["sentiment"],
    }
    if is_guest:
        return [("posts", post)]
    account = {
        "id": author,
        "channel": channel,
        "name": name or (handle if who else site) or None,
        "handle": handle,
        "url": told["page"] if told["page"] and re.match(r"https?://", told["page"]) else None,
        "bio": told["bio"],
        "kind": None if who else "media",
        "followers": whole(told["followers"]),
        "following": whole(told["following"]),
    }
    return [("posts", post), ("authors", account)]


def _brandwatch(rows: Sequence[Cells], dialect: TableDialect) -> Made:
    (row,) = rows
    at = moment(row.get("date", ""), row.get("zone_of_report") or dialect.timezone)
    return _mention(row, "brandwatch", at, first(row, "Page Type", "Content Source Name", "Content Source"), _BRANDWATCH)


def _brandwatch_zone(above: Sequence[Sequence[str]]) -> dict[str, str]:
    """The zone of the times: the rows above the table tell the span that is exported, in UTC or in another zone."""
    span = next((" ".join(row[1:]) for row in above if row and row[0].strip().lower() == "from:"), "")
    return {"zone_of_report": "UTC"} if re.search(r"\bUTC\b|\bGMT\b|\dZ$", span) else {}


def _meltwater(rows: Sequence[Cells], dialect: TableDialect) -> Made:
    (row,) = rows
    return _mention(row, "meltwater", moment(row.get("date", ""), dialect.timezone), row.get("source"), _MELTWATER)


def _talkwalker(rows: Sequence[Cells], dialect: TableDialect) -> Made:
    (row,) = rows
    at = moment(row.get("published", ""), dialect.timezone)
    return _mention(row, "talkwalker", at, row.get("source_type"), _TALKWALKER)


_BRANDWATCH = {
    "id": ("Resource Id", "Mention Id"), "url": ("Url", "Original Url"), "title": ("Title",), "text": ("Full Text", "Snippet"),
    "language": ("Language",), "name": ("Full Name", "Author"), "handle": ("Author",), "page": (), "bio": (),
    "author_id": ("X Author ID", "Twitter Author ID"), "followers": ("X Followers", "Twitter Followers"),
    "following": ("X Following", "Twitter Following"), "views": (), "likes": ("X Likes", "Likes", "Twitter Likes"),
    "comments": ("X Replies", "Comments", "Twitter Reply Count"), "shares": ("X Reposts", "Shares", "Twitter Retweets"),
    "reach": ("Reach (new)", "Reach"), "sentiment": ("Sentiment",),
}  # fmt: skip
_MELTWATER = {
    "id": ("Tweet Id",), "url": ("URL",), "title": ("Headline",), "text": ("Hit Sentence", "Opening Text"), "language": ("Language",),
    "name": ("Influencer",), "handle": ("Twitter Screen Name",), "page": ("User Profile Url",), "bio": ("Twitter Bio",),
    "author_id": ("Twitter Id",), "followers": ("Twitter Followers",), "following": ("Twitter Following",), "views": ("Views",),
    "likes": (), "comments": (), "shares": (), "reach": ("Reach",), "sentiment": ("Sentiment",),
}  # fmt: skip
_TALKWALKER = {
    "id": (), "url": ("url",), "title": ("title", "title_snippet"), "text": ("content", "content_snippet"), "language": ("lang",),
    "name": ("extra_author_attributes.name",), "handle": ("extra_author_attributes.short_name",),
    "page": ("extra_author_attributes.url",), "bio": ("extra_author_attributes.description",),
    "author_id": ("extra_author_attributes.id",), "followers": ("source_extended_attributes.twitter_followers",), "following": (),
    "views": ("article_extended_attributes.youtube_views",), "likes": ("article_extended_attributes.twitter_likes",),
    "comments": ("article_extended_attributes.num_comments",), "shares": ("article_extended_attributes.twitter_shares",),
    "reach": ("reach",), "sentiment": ("sentiment",),
}  # fmt: skip

FORMATS = (
    TableFormat(
        "Brandwatch's mentions",
        "posts",
        signs=(("Query Id",), ("Date",), ("Url",), ("Page Type",), ("Sentiment",), ("Author",), ("Snippet", "Full Text")),
        make=_brandwatch,
        preamble=_brandwatch_zone,
    ),
    TableFormat(
        "Meltwater's mentions",
        "posts",
        signs=(("Date",), ("Headline",), ("URL",), ("Hit Sentence",), ("Source",), ("Influencer",), ("Reach",), ("Sentiment",)),
        make=_meltwater,
        needs={"timezone": ("Date",)},
    ),
    TableFormat(
        "Talkwalker's results",
        "posts",
        signs=(("url",), ("published",), ("content", "content_snippet"), ("source_type",), ("sentiment",), ("reach",)),
        make=_talkwalker,
    ),
)
