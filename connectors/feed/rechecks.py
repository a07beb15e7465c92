"""Old entries of feeds looked at again: whether the page of each is still there. A feed shows its newest alone, and tells of no deletion.

An entry is gone where its own page answers 404 or 410, from the site that it was read of, and its feed can be read and does not list it.
Any other answer, and none, leaves it: a site may be down, or closed to programs.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence, Set
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from connectors.extraction import Extraction
from connectors.feed.document import FeedDocument
from connectors.http import HttpError
from connectors.source import Known, Page, Tombstone

Listed = Callable[[str], Awaitable[Set[str] | None]]
"""The ids of what the feed at a configured address lists tonight, None where it cannot be read."""

_GONE = frozenset({404, 410})
_ABSENT = frozenset(range(400, 500)) - {408, 425, 429}
_AT_ONCE = 8
_ROBOT = "groundswell"


def page_keys(document: FeedDocument, feed_url: str) -> dict[str | None, str]:
    """The feed and the entry's own page, to be asked with, by the address of each entry that has one of its own on the feed's site."""
    home = document.link or ""
    sites, counts = {_site(feed_url), _site(home)}, Counter(entry.url for entry in document.entries)
    return {
        url: f"{feed_url} {url}"
        for url, count in counts.items()
        if url and count == 1 and url not in (home, feed_url) and re.fullmatch(r"https?://[^\s#]+", url) and _site(url) in sites
    }


async def look_again(job: Extraction, listed: Listed) -> AsyncIterator[Page]:
    """A page a site, with which of its old entries are gone and which are still there."""
    by_site: dict[str, list[Known]] = {}
    for known in job.young:
        if known.is_old:
            by_site.setdefault(_site(_address(known)), []).append(known)
    sites = list(by_site.values())
    for first in range(0, len(sites), _AT_ONCE):
        group = sites[first : first + _AT_ONCE]
        for items, missing in zip(group, await asyncio.gather(*(_missing(job, items) for items in group)), strict=True):
            gone = []
            for known in missing:
                ids = await listed(known.lookup_key.partition(" ")[0])
                gone += [known] if ids is not None and known.native_id not in ids else []
            yield Page(
                _address(items[0]),
                tombstones=[Tombstone(known.entity, known.native_id) for known in gone],
                still=[known for known in items if known not in gone],
            )


async def _missing(job: Extraction, items: Sequence[Known]) -> list[Known]:
    """Those of a site's entries whose page is not there; none where the site asks programs to keep away, or does not answer."""
    missing: list[Known] = []
    try:
        robots = await _robots(job, _address(items[0]))
    except HttpError:
        return missing
    for known in items:
        address = _address(known)
        if not robots.can_fetch(_ROBOT, address):
            continue
        try:
            answer = await job.http.get(address, headers={"Accept": "text/html, */*;q=0.5"}, absent=_GONE, is_asked_once=True)
        except HttpError as error:
            if error.is_passing:  # the site's others are left alone tonight
                break
            continue
        if answer.status in _GONE and _site(answer.url) == _site(address):
            missing.append(known)
    return missing


async def _robots(job: Extraction, address: str) -> RobotFileParser:
    """What the site lets programs read."""
    parts = urlsplit(address)
    answer = await job.http.get(f"{parts.scheme}://{parts.netloc}/robots.txt", absent=_ABSENT, is_asked_once=True)
    robots = RobotFileParser()
    robots.parse(answer.body.decode("utf-8", "replace").splitlines() if answer.status < 400 else [])
    return robots


def _address(known: Known) -> str:
    return known.lookup_key.partition(" ")[2]


def _site(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
