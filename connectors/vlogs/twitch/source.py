"""Twitch: videos and clips of followed channels, of channels that a term finds, and of categories; and who made them.

A clip's author is who cut it, and the channel it was cut from is mentioned. Cursor: "until" keeps per channel and category the end of
the last window that was read for it, "archives" when the young recordings of streams were published, since these vanish by themselves.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.extraction import Extraction
from connectors.http import RateLimited, Unreachable
from connectors.night.followed import Missing, SpentQuota
from connectors.source import Page, Record, Rejected, Source, SourceError, Tombstone
from connectors.vlogs.twitch.api import BATCH, listed_in
from connectors.vlogs.twitch.night import IDS, NUMBER, Followed, Night, id_of, published

MOST_CLIPS = 1000
"""About so many clips does one list go on to give, the most seen first; after that the same ones again."""
MOST_VIDEOS = 500
"""So many videos of a category are listed."""
LONGEST_SPAN, SHORTEST_SPAN = timedelta(days=1), timedelta(minutes=30)
"""Lists of clips over more than days leave some out; times within are rounded to ten minutes."""
_LOGIN = re.compile(r"\w{1,25}", re.ASCII)


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """New videos and clips of all that is followed, the young ones again, and the profiles of all that were met."""
    night = Night(job)
    night.left = dict.fromkeys([*job.settings.accounts, *(job.settings.terms or ()), *job.settings.communities])
    try:
        followed = {one.key: one for one in [*await _channels(night), *await _categories(night), *await _found(night)]}
        night.left = dict.fromkeys([*(one.name for one in followed.values()), "young videos", "young clips", "authors"])
        for one in followed.values():
            try:
                for reading in (_videos(night, one), _clips(night, one)):
                    async for page in reading:
                        yield page
                night.read.append(one.key)
            except SpentQuota:
                raise
            except SourceError as error:
                night.fail(one.name, error)
            night.left.pop(one.name, None)
        for reading in (_again(night, "videos"), _again(night, "clips"), _users(night)):
            async for page in reading:
                yield page
    except SpentQuota as error:
        night.notes.append(f"{error}: left unread are {', '.join(night.left)}")
    for page in night.last(night.api.base, night.read, archives=night.archives):
        yield page


async def check(job: Extraction) -> str:
    """How much this app may ask."""
    answer = await Night(job).api.ask("channel", "/users", [("login", "twitch")])
    return f"token accepted, {answer.headers.get('ratelimit-limit', 'unknown')} points a minute"


async def _channels(night: Night) -> list[Followed]:
    """The followed accounts."""
    names = {name.strip().removeprefix("@").lower(): name for name in night.job.settings.accounts}
    found = []
    async for _, logins, rows in night.api.batches("channel", "/users", "login", [login for login in names if _LOGIN.fullmatch(login)]):
        for row in rows:
            login, number = row.get("login") if isinstance(row, dict) else None, id_of(row, NUMBER)
            if number and isinstance(login, str) and login.lower() in logins:
                night.authors[number] = row
                found.append(Followed(names.pop(login.lower(), login), "user", number))
    for name in names.values():
        night.fail(name, Missing("Twitch has no channel of this name: it is renamed, closed or suspended. Check its name"))
    return found


async def _found(night: Night) -> list[Followed]:
    """The channels that a term finds and that hold it as a word."""
    found, false_hit_count = [], 0
    for term in night.job.settings.terms or ():
        word = re.compile(rf"(?<![^\W_]){re.escape(term)}(?![^\W_])", re.IGNORECASE)
        try:
            answer = await night.api.ask("search", "/search/channels", [("query", term), ("first", BATCH)])
            rows = listed_in(answer)
        except SpentQuota:
            raise
        except SourceError as error:
            night.fail(term, error)
            continue
        if len(rows) >= BATCH:
            night.notes.append(f"{term!r}: only {BATCH} of the channels that it finds were shown")
        for row in rows:
            number = id_of(row, NUMBER)
            told = " ".join(str(row.get(key) or "") for key in ("display_name", "broadcaster_login", "title")) if number else ""
            if number and word.search(told):
                found.append(Followed(str(row.get("broadcaster_login") or number)[:50], "user", number))
                night.authors.setdefault(number)
            else:
                false_hit_count += 1
    if false_hit_count:
        night.notes.append(f"{false_hit_count} channels that the search found were left out: they do not hold the term as a word")
    return found


async def _categories(night: Night) -> list[Followed]:
    """The followed categories."""
    names = {name.strip().lower(): name.strip() for name in night.job.settings.communities}
    found = []
    async for _, _, rows in night.api.batches("category", "/games", "name", list(names.values())):
        for row in rows:
            name, number = row.get("name") if isinstance(row, dict) else None, id_of(row, NUMBER)
            if number and isinstance(name, str) and name.lower() in names:
                found.append(Followed(names.pop(name.lower()), "game", number))
    for name in names.values():
        night.fail(name, Missing("Twitch has no category of this name: write it as Twitch does"))
    return found


async def _videos(night: Night, one: Followed) -> AsyncIterator[Page]:
    """Its videos, newest first, back to the last night."""
    since, count = night.start(one.key), 0
    async for url, rows in night.api.listed(f"videos of {one.name}", "/videos", **{f"{one.kind}_id": one.id}, type="all", sort="time"):
        yield night.page("videos", url, rows, since)
        count += len(rows)
        times = [time for row in rows if (time := published(row))]
        if times and max(times) < since:
            return
    if one.kind == "game" and count >= MOST_VIDEOS:
        night.notes.append(f"{one.name}: Twitch lists the newest {count} videos of a category only; older ones may be missing")


async def _clips(night: Night, one: Followed) -> AsyncIterator[Page]:
    """Its clips, day by day; a span with more than a list gives is halved."""
    key, since = "broadcaster_id" if one.kind == "user" else "game_id", night.start(one.key)
    spans, first = list[tuple[datetime, datetime]](), since
    while first < night.job.window.end:
        spans.append((first, min(first + LONGEST_SPAN, night.job.window.end)))
        first += LONGEST_SPAN
    spans.reverse()
    while spans:
        first, last = spans.pop()
        count, asked = 0, {key: one.id, "started_at": _rfc3339(first), "ended_at": _rfc3339(last)}
        async for url, rows in night.api.listed(f"clips of {one.name}", "/clips", **asked):
            yield night.page("clips", url, rows, since)
            count += len(rows)
            if count >= MOST_CLIPS:
                break
        if count >= MOST_CLIPS and last - first > SHORTEST_SPAN:
            middle = first + (last - first) / 2
            spans += [(middle, last), (first, middle)]
        elif count >= MOST_CLIPS:
            night.notes.append(f"{one.name}: only the {count} most seen clips from {first:%Y-%m-%d %H:%M} to {last:%H:%M} were shown")


async def _again(night: Night, entity: str) -> AsyncIterator[Page]:
    """The young ones that no list showed tonight, in batches; those that Twitch leaves out are gone."""
    young = [known.lookup_key for known in night.job.young if known.entity == entity and known.lookup_key not in night.met[entity]]
    expired_count = 0
    try:
        async for url, batch, rows in night.api.batches(f"young {entity}", f"/{entity}", "id", young):
            page = night.page(entity, url, rows)
            shown = {id_of(row, IDS[entity]) for row in rows}
            missing = [one for one in batch if one not in shown] if not page.rejected else []
            gone = [one for one in missing if entity != "videos" or not night.has_expired(one)]
            expired_count += len(missing) - len(gone)
            yield Page(url, page.records, [Tombstone(entity, one) for one in gone], page.rejected)
    except SpentQuota:
        raise
    except SourceError as error:
        night.fail(f"young {entity}", error)
    if expired_count:
        night.notes.append(f"{expired_count} recordings of streams are gone, as Twitch lets them after days: they are not told deleted")
    night.left.pop(f"young {entity}", None)


async def _users(night: Night) -> AsyncIterator[Page]:
    """The profiles of all that were met, with their followers as far as Twitch tells."""
    known = [profile for profile in night.authors.values() if profile]
    if known:
        yield await _profiles(night, f"{night.api.base}/users", known)
    unknown = [author for author, profile in night.authors.items() if not profile]
    missing_count = 0
    try:
        async for url, batch, rows in night.api.batches("authors", "/users", "id", unknown):
            page = await _profiles(night, url, rows)
            missing_count += len(batch) - len(page.records)
            yield page
    except SpentQuota:
        raise
    except SourceError as error:
        night.fail("authors", error)
    if missing_count > 0:
        night.notes.append(f"Twitch tells nothing of {missing_count} authors: they are suspended or deleted")


async def _profiles(night: Night, url: str, rows: Sequence[Any]) -> Page:
    records, rejected = [], []
    for row in rows:
        number = id_of(row, NUMBER)
        if number is None:
            rejected.append(Rejected("users", f"{url}: a user without an id", row))
        else:
            records.append(Record("users", number, {**row, "followers_total": await _followers(night, number)}))
    return Page(url, records, rejected=rejected)


async def _followers(night: Night, number: str) -> int | None:
    """How many follow a channel; None where Twitch does not tell an app."""
    if not night.tells_followers:
        return None
    try:
        answer = await night.api.ask("followers", "/channels/followers", [("broadcaster_id", number), ("first", 1)])
    except Missing:
        return None
    except (RateLimited, Unreachable):
        raise
    except SourceError as error:
        night.tells_followers = False
        night.notes.append(f"followers were not read: {error}")
        return None
    body = answer.json()
    total = body.get("total") if isinstance(body, dict) else None
    return total if isinstance(total, int) and not isinstance(total, bool) and total >= 0 else None


def _rfc3339(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


SOURCE = Source(
    platform="twitch",
    channel="vlogs",
    entities={
        "videos": "One row per video and change of it; views move.",
        "clips": "One row per clip and change of it; views move.",
        "users": "One row per channel or clip maker and change of it; followers move.",
    },
    follows=frozenset({"accounts", "terms", "communities"}),
    fetch=fetch,
    check=check,
    secrets={"client_id": True, "client_secret": True},
    requests_per_second=10,
    access="free app (OAuth)",
    rechecks=frozenset({"clips"}),
)
