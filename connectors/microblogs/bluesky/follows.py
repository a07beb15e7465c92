"""Who follows the followed accounts and the other authors that were met, and whom the followed follow, as far as a night's budget goes.

The lists tell no date, and the follow records themselves (com.atproto.repo.listRecords) stand on each follower's own server: a request
and a host a follower. getRelationships names the follow records of thirty accounts at a request, at the same door as the lists and for
guests too, and a record's key holds the time when it was made.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.extraction import Extraction
from connectors.http import BrokenBody, RateLimited, Unreachable
from connectors.microblogs.bluesky.api import Bluesky, Query
from connectors.microblogs.bluesky.objects import Met, Reading
from connectors.source import Page, SourceError

BUDGET = 3000
"""Requests a night for follows where limits.budget says nothing: what Bluesky answers one address in five minutes, 60,000 follows."""
PAGE_SIZE = 100
RELATED = 30
"""About how many others one call may ask."""
COST = 1 + -(-PAGE_SIZE // RELATED)
"""Requests that a page of a list takes, its dates included."""
SHARE = 10
"""No list takes more than this part of a night, so that one of a million does not keep the others waiting."""
OVERLAP = timedelta(days=2)
SIDES = {"followers": ("app.bsky.graph.getFollowers", "followersCount"), "follows": ("app.bsky.graph.getFollows", "followsCount")}
"""Per list: the call that gives it, and what the profile says of its length."""
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"


def made_at(uri: Any) -> datetime | None:
    """When the record of this address was made, by its key (a TID: 53 bits of microseconds, then 10 of a clock's id)."""
    key = uri.rpartition("/")[2] if isinstance(uri, str) else ""
    if len(key) != 13 or not set(key) <= set(_DIGITS):
        return None
    number = 0
    for digit in key:
        number = number * len(_DIGITS) + _DIGITS.index(digit)
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=(number >> 10) & (1 << 53) - 1)


class Follows:
    """One night's reading of lists.

    `lists` is for the cursor. Per list: "count", its length by the profile, and "since", the night when it was begun at its newest end;
    "place" where it goes on if it was cut; "until" the night up to which all that was told had been read before that.
    """

    def __init__(self, job: Extraction, server: Bluesky, met: Met) -> None:
        self._job = job
        self._server = server
        self._met = met
        self._budget = self._left = job.settings.limits.budget or BUDGET
        self._pages = min(job.settings.limits.max_pages, max(1, self._budget // SHARE // COST))
        self._cut: list[str] = []
        self._unread: list[str] = []
        self.lists: dict[str, dict[str, Any]] = {**job.cursor.get("follows", {})}

    async def pages(self, followed: Sequence[str]) -> AsyncIterator[Page]:
        """The lists that were cut or have changed; the longest waiting come first; half a night is for others than the followed."""
        own = [_name(did, side) for did in followed for side in SIDES]
        met = (_name(did, "followers") for did in self._met.profiled)
        cut = (name for name, state in self.lists.items() if "place" in state)
        others = [name for name in dict.fromkeys((*met, *cut)) if name not in own]
        for names, reserve in ((own, self._budget // 2 if any(map(self._is_due, others)) else 0), (others, 0)):
            for name in sorted(filter(self._is_due, names), key=lambda name: str(self.lists.get(name, {}).get("since", ""))):
                try:
                    async for page in self._list(name, reserve):
                        yield page
                except (RateLimited, Unreachable):
                    raise
                except SourceError as error:
                    # The place may be too old to go on from: the list is begun anew the next night.
                    self.lists.pop(name, None)
                    self._unread.append(f"{name} ({str(error).rstrip('.')})")
        self._forget(own)
        if notes := self._notes():
            yield Page(self._server.base, notes=notes)

    def _count(self, name: str) -> Any:
        """How long a list is, where tonight's profile tells it."""
        side, _, did = name.partition(" of ")
        return self._met.profiled.get(did, {}).get(SIDES[side][1])

    def _is_due(self, name: str) -> bool:
        state, count = self.lists.get(name, {}), self._count(name)
        return "place" in state or (isinstance(count, int) and state.get("count", 0) != count)

    def _forget(self, own: Sequence[str]) -> None:
        """Drops what was read of authors met in passing a history ago: should they be met again, their lists are read anew."""
        oldest = (self._job.window.end - timedelta(days=self._job.settings.limits.history_days)).isoformat()
        self.lists = {
            name: state for name, state in self.lists.items() if name in own or "place" in state or str(state.get("since", "")) >= oldest
        }

    async def _list(self, name: str, reserve: int) -> AsyncIterator[Page]:
        """A list, newest follows first, from where it was cut, or back to what was read before."""
        side, _, did = name.partition(" of ")
        state = self.lists.get(name, {})
        if "place" not in state:
            begun = {"count": self._count(name), "since": self._job.window.end.isoformat()}
            state = begun | ({"until": state["since"]} if state else {})
        place, floor = state.get("place"), datetime.fromisoformat(state["until"]) - OVERLAP if "until" in state else None
        for _ in range(self._pages):
            if self._left < COST + reserve:
                break
            asked, query = place, [("actor", did), ("limit", PAGE_SIZE), *([("cursor", place)] if place else [])]
            url, body = await self._call(SIDES[side][0], query)
            people, place = body.get(side), body.get("cursor")
            if not isinstance(people, list):
                raise BrokenBody(f"{url} does not hold the list that was asked for")
            if place == asked and place:
                raise SourceError(f"{url} names itself as the next page")
            reading = Reading(url, self._met)
            others = [other for other in map(reading.profile, people) if other]
            dates = await self._dates(did, side, others)
            for other in others:
                reading.follow(*((other, did) if side == "followers" else (did, other)), dates.get(other))
            yield reading.page()
            is_known = floor is not None and bool(others) and all(other in dates and dates[other] < floor for other in others)
            if is_known or not isinstance(place, str) or not place:
                self.lists[name] = {key: state[key] for key in ("count", "since")}
                return
            self.lists[name] = state | {"place": place}
        self._cut.append(name)

    async def _dates(self, did: str, side: str, others: Sequence[str]) -> Mapping[str, datetime]:
        """Since when, for those of whom the server names the follow record."""
        found = dict[str, datetime]()
        for first in range(0, len(others), RELATED):
            query: Query = [("actor", did), *(("others", other) for other in others[first : first + RELATED])]
            url, body = await self._call("app.bsky.graph.getRelationships", query)
            related = body.get("relationships")
            if not isinstance(related, list):
                raise BrokenBody(f"{url} does not hold the relationships that were asked for")
            for one in related:
                if isinstance(one, dict) and (made := made_at(one.get("followedBy" if side == "followers" else "following"))):
                    found[str(one.get("did"))] = made
        return found

    async def _call(self, method: str, query: Query) -> tuple[str, Mapping[str, Any]]:
        self._left -= 1
        return await self._server.call(method, query)

    def _notes(self) -> list[str]:
        cut = f"limits.budget ({self._budget} requests for follows) was reached; the next night goes on with "
        return [*([cut + _few(self._cut)] if self._cut else []), *([f"not read: {_few(self._unread)}"] if self._unread else [])]


def _name(did: str, side: str) -> str:
    return f"{side} of {did}"


def _few(names: Sequence[str]) -> str:
    """The first three of them, and how many more there are."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
