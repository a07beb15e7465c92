"""Lists of creators, as people keep them in spreadsheets and as tools hand them out: accounts, nothing to reach a person by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from connectors.files.formats import Cells, LeftOut, Made, TableFormat, first
from connectors.files.listening import channel_of, site_of
from connectors.files.values import harmless, whole
from connectors.settings import TableDialect

_SITES = {
    "x": "x.com", "twitter": "twitter.com", "instagram": "instagram.com", "ig": "instagram.com", "tiktok": "tiktok.com",
    "youtube": "youtube.com", "yt": "youtube.com", "twitch": "twitch.tv", "linkedin": "linkedin.com", "facebook": "facebook.com",
    "threads": "threads.net", "bluesky": "bsky.app", "mastodon": "mastodon.social", "pinterest": "pinterest.com", "reddit": "reddit.com",
}  # fmt: skip
_HANDLES = ("Handle", "Username", "User name", "Account", "Profile name", "Profile_name", "Account name", "Screen name")
_PLATFORMS = ("Platform", "Network", "Social network", "Social media", "Channel")
_PAGES = ("URL", "Profile URL", "Profile link", "Link", "Media_url", "Profile", "Account URL")


def _creator(rows: Sequence[Cells], dialect: TableDialect) -> Made:
    (row,) = rows
    page = first(row, *_PAGES)
    if page and not re.match(r"https?://", page):
        page = f"https://{page}" if re.match(r"[\w.-]+\.[a-z]{2,}/", page, re.IGNORECASE) else None
    told = re.sub(r"[^a-z]", "", (first(row, *_PLATFORMS) or "").lower())
    site = site_of(page) or _SITES.get(told, "")
    handle = harmless((first(row, *_HANDLES) or _handle_in(page) or "").strip().lstrip("@")) or None
    channel = channel_of(f"https://{site}/", None) or channel_of(None, told)
    if handle is None:
        raise LeftOut("rows without an account")
    if channel is None:
        raise ValueError(f"is of no platform that is known: '{(told or site)[:80]}'")
    platform = next((name for name, its in _SITES.items() if its == site), site or told)
    account = {
        "id": f"{platform}:{handle.lower()}",
        "channel": channel,
        "name": harmless(first(row, "Display name", "Name", "Full name", "Creator", "Influencer")),
        "handle": handle,
        "url": page,
        "bio": harmless(first(row, "Bio", "Biography")),
        "followers": whole(first(row, "Followers", "Follower count", "Followers count", "Subscribers", "Audience")),
    }
    return [("authors", account)]


def _handle_in(page: str | None) -> str | None:
    """The account that a page's address names, where it names one."""
    try:
        parts = [part for part in urlsplit(page or "").path.split("/") if part]
    except ValueError:
        return None
    named = [part for part in parts if part.lower() not in {"in", "c", "user", "channel", "profile"}]
    return named[0] if len(named) == 1 else None


FORMATS = (
    TableFormat("Upfluence's list of influencers", "authors", signs=(("profile_name",), ("media_url",)), make=_creator),
    TableFormat(
        "a list of creators",
        "authors",
        signs=(_HANDLES, (*_PLATFORMS, *_PAGES), ("Followers", "Follower count", "Followers count", "Subscribers", "Audience")),
        make=_creator,
    ),
)
