"""TikTok, through its Research API: videos that hold a term or a hashtag or are of an account, their comments and their authors.

Requests are rationed (1,000 a day): terms, hashtags and accounts are asked for together, comments are read where their number changed.
Cursor: "until" keeps per followed name the end of the last window that was read for it, "comments" how many comments a video had when
they were read, "profiles" when an author's profile was.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from connectors.extraction import Extraction
from connectors.http import RateLimited, Unreachable
from connectors.night.following import raise_for, start, until
from connectors.source import Page, Record, Source, SourceError
from connectors.vlogs.tiktok.api import Closed, Declined, Spent, TikTokApi
from connectors.vlogs.tiktok.night import COMMENT_CEILING, PAGE_SIZE, Expired, Night

OVERLAP = timedelta(days=10)
"""New videos can be found up to two days late, and counts are up to ten days behind."""
SPAN = timedelta(days=30)
"""How far a search's last day may be from its first."""
_DAY = timedelta(days=1)
_FOR_ALL = (RateLimited, Unreachable, Closed)
_FIELDS = {"": "keyword", "#": "hashtag_name", "@": "username"}
_USER = "display_name,bio_description,bio_url,avatar_url,is_verified,follower_count,following_count,likes_count,video_count"


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """Videos of the window, the young ones again, the comments of those where their number changed, and all their authors."""
    night, failures = Night(job), dict[str, SourceError]()
    accounts = list(dict.fromkeys(account.lstrip("@").lower() for account in job.settings.accounts))
    tags = (f"#{tag.lstrip('#')}" for tag in job.settings.tags or ())
    names = list(dict.fromkeys([*(job.settings.terms or ()), *tags, *(f"@{account}" for account in accounts)]))
    for part in (_found(night, names, failures), _observed_again(night), _comments(night), _profiles(night, accounts, failures)):
        async for page in part:
            yield page
    kept = {name: job.cursor["until"][name] for name in night.unread if name in job.cursor.get("until", {})}
    read = until(job, (name for name in names if name not in night.unread))
    young = night.videos.keys() | {known.native_id for known in job.young}
    counts = {video_id: count for video_id, count in night.counts.items() if video_id in young}
    profiles = {name: night.profiles[name] for name in (*accounts, *night.authors) if name in night.profiles}
    yield Page(night.api.base, notes=night.notes, cursor={"until": read | kept, "comments": counts, "profiles": profiles})
    raise_for(failures)


async def check(job: Extraction) -> str:
    """Whether the client is approved; costs one request."""
    name = next((account.lstrip("@") for account in job.settings.accounts), "tiktok")
    _, data = await TikTokApi(job).call("user/info/", "display_name", {"username": name})
    return f"@{name} is {data.get('display_name')}"


async def _found(night: Night, names: Sequence[str], failures: dict[str, SourceError]) -> AsyncIterator[Page]:
    """What the search finds; names that are read since the same time are asked for together, unless TikTok declines one of them."""
    since: dict[datetime, list[str]] = {}
    for name in names:
        since.setdefault(start(night.job, name, OVERLAP), []).append(name)
    waiting = [
        (begin, group[first : first + PAGE_SIZE]) for begin, group in sorted(since.items()) for first in range(0, len(group), PAGE_SIZE)
    ]
    while waiting:
        begin, group = waiting.pop(0)
        is_begun = False
        try:
            async for page in _windows(night, group, begin):
                is_begun = True
                yield page
        except Spent as error:
            night.unread = [name for _, left in [*([] if is_begun else [(begin, group)]), *waiting] for name in left]
            if len(night.unread) == len(names):
                raise
            cut = [f"the older videos were not read of {', '.join(group)}"] if is_begun else []
            left = [f"left for the next night are {', '.join(night.unread)}"] if night.unread else []
            night.notes.append(f"{error}: {'; '.join(cut + left)}")
            return
        except _FOR_ALL:
            raise
        except SourceError as error:
            if isinstance(error, Declined) and len(group) > 1:
                waiting = [*((begin, [name]) for name in group), *waiting]
            else:
                failures |= dict.fromkeys(group, error)


async def _windows(night: Night, names: Sequence[str], begin: datetime) -> AsyncIterator[Page]:
    """The search in windows as long as it takes them, the newest first; where one expires, in its halves."""
    values: dict[str, list[str]] = {}
    for name in names:
        mark = name[:1] if name[:1] in _FIELDS else ""
        values.setdefault(_FIELDS[mark], []).append(name.removeprefix(mark))
    query = {"or": [_is_in(field, wanted) for field, wanted in values.items()]}
    windows, first = list[tuple[date, date]](), begin.date()
    last = (night.job.window.end - timedelta(microseconds=1)).date()
    while first <= last:
        windows.append((first, min(first + SPAN, last)))
        first += SPAN + _DAY
    while windows:
        days = windows.pop()
        try:
            async for page in night.search(query, days, keep=night.keep):
                yield page
        except Expired:
            if days[0] == days[1]:
                raise
            middle = days[0] + (days[1] - days[0]) // 2
            windows += [(days[0], middle), (middle + _DAY, days[1])]
        if night.is_cut:
            night.notes.append(f"limits.max_pages was reached: not all videos of {days[0]} to {days[1]} were read of {', '.join(names)}")


async def _observed_again(night: Night) -> AsyncIterator[Page]:
    """The young videos not met tonight, the newest first: their counts, or that they are gone."""
    keys = (known.lookup_key for known in night.job.young if known.entity == "videos" and known.native_id not in night.videos)
    waiting, unread, why = sorted(keys, reverse=True), 0, ""
    while waiting:
        last = _day(waiting[0])
        batch = [key for key in waiting[:PAGE_SIZE] if _day(key) >= last - SPAN]
        ids = [key.partition(":")[2] for key in batch]
        try:
            async for page in night.search({"and": [_is_in("video_id", ids)]}, (_day(batch[-1]), last)):
                yield page
        except Spent as error:
            night.notes.append(f"{error}: {len(waiting)} young videos were not observed again")
            break
        except _FOR_ALL:
            raise
        except SourceError as error:
            unread, why = unread + len(batch), why or str(error)
        else:
            missing = [] if night.is_cut else [video_id for video_id in ids if video_id not in night.videos]
            yield Page(night.api.base, tombstones=[tombstone for video_id in missing for tombstone in night.gone(video_id)])
        waiting = waiting[len(batch) :]
    if unread:
        night.notes.append(f"{unread} young videos could not be observed again: {why}")


async def _comments(night: Night) -> AsyncIterator[Page]:
    """The comments of the videos where their number changed, as far as half of the budget's rest goes if profiles are to be read."""
    changed = [video_id for video_id, count in night.videos.items() if count is None or count != night.counts.get(video_id, 0)]
    keep, unread, why = min(len(night.authors), night.api.left // 2), 0, ""
    for done, video_id in enumerate(changed):
        night.counts.pop(video_id, None)
        try:
            async for page in night.thread(video_id, keep=keep):
                yield page
        except Spent as error:
            night.notes.append(f"{error}: the comments of {len(changed) - done} videos were not read")
            break
        except _FOR_ALL:
            raise
        except SourceError as error:
            unread, why = unread + 1, why or str(error)
    if unread:
        night.notes.append(f"the comments of {unread} videos could not be read: {why}")
    if night.capped:
        night.notes.append(f"TikTok shows {COMMENT_CEILING:,} comments of a video; the others were not read of {', '.join(night.capped)}")


async def _profiles(night: Night, accounts: Sequence[str], failures: dict[str, SourceError]) -> AsyncIterator[Page]:
    """The followed accounts and the authors met, of these first whose profile was not read for the longest time."""
    met = sorted((name for name in night.authors if name not in accounts), key=lambda name: night.profiles.get(name, ""))
    names, unread, why = [*accounts, *met], 0, ""
    for done, name in enumerate(names):
        try:
            url, data = await night.api.call("user/info/", _USER, {"username": name})
            if not data:
                raise Declined(f"{url} tells nothing of it")
        except Spent as error:
            night.notes.append(f"{error}: {len(names) - done} profiles were not read")
            break
        except _FOR_ALL:
            raise
        except SourceError as error:
            if name in accounts:
                failures[f"@{name}"] = SourceError(f"no public account of this name, else none that researchers are shown: {error}")
            else:
                unread, why = unread + 1, why or str(error)
            continue
        night.profiles[name] = night.job.window.end.isoformat()
        yield Page(url, [Record("users", name, {**data, "username": name})])
    if unread:
        night.notes.append(f"the profiles of {unread} authors could not be read: {why}")


def _is_in(field: str, values: Sequence[str]) -> Mapping[str, Any]:
    return {"operation": "IN", "field_name": field, "field_values": values}


def _day(key: str) -> date:
    """The day in the lookup key of a video: a search for its id wants to know when it was created."""
    return datetime.strptime(key[:8], "%Y%m%d").replace(tzinfo=UTC).date()


SOURCE = Source(
    platform="tiktok",
    channel="vlogs",
    entities={
        "videos": "One row per video and change of it; views, likes, comments, shares and favorites move.",
        "comments": "One row per comment and change of it, without its author, whom the Research API does not tell.",
        "users": "One row per account and change of it; followers move.",
    },
    follows=frozenset({"terms", "tags", "accounts"}),
    fetch=fetch,
    check=check,
    secrets={"client_key": True, "client_secret": True},
    requests_per_second=2.0,
    access="approved researchers at non-profits (client credentials)",
    rechecks=frozenset({"videos"}),
)
