"""Instagram: own accounts with their comments, other businesses by discovery, and hashtags, through the Graph API.

`pages` holds the ids of the own professional accounts; the first one asks for `accounts` and `tags`. Cursor: "until" keeps per followed
thing the end of the last window that was read for it, "hashtags" the id of each tag and since when it counts as asked for.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from connectors.extraction import Extraction
from connectors.http import Answer, BrokenBody
from connectors.http.pagination import Parameters
from connectors.night.followed import FOR_ALL, Missing, MissingPermission, SpentQuota
from connectors.social_networks.graph_api import listed, next_place, text
from connectors.social_networks.instagram.media import InstagramNight
from connectors.source import Page, Record, Source, SourceError, Tombstone

PAGE_SIZE = 50
HASHTAGS, HASHTAG_DAYS = 30, timedelta(days=7)
"""So many different hashtags an account may ask for in so many days; asking again for one of them is free."""
PROFILE_FIELDS = "id,username,name,biography,website,followers_count,follows_count,media_count"
SHOWN_FIELDS = "id,caption,like_count,comments_count,media_type,permalink,timestamp"
DISCOVERY_FIELDS = f"{SHOWN_FIELDS},media_product_type,view_count"
OWN_FIELDS = f"{SHOWN_FIELDS},media_product_type,owner,username,shortcode"
COMMENT_FIELDS = "id,text,timestamp,like_count,username,from,parent_id,hidden,media"
THREAD_FIELDS = f"{COMMENT_FIELDS},replies{{{COMMENT_FIELDS}}}"
INSIGHTS = "views,reach,saved,shares,total_interactions"
PATIENCE = 3
"""So many media in a row without insights, and no more are asked for: the permission is missing."""

_USERNAME = re.compile(r"[A-Za-z0-9._]{1,30}")
_ACCOUNT_ID = re.compile(r"\d{5,25}")


class Night(InstagramNight):
    """One night's fetch, with the account that asks and how often insights were refused."""

    def __init__(self, job: Extraction) -> None:
        super().__init__(job)
        self.asker = job.settings.pages[0]
        self.floor = min(self.start(account_id) for account_id in job.settings.pages)
        self.refusals: list[str] = []
        self.refused_in_a_row = 0

    async def told(self, page: Page) -> Page:
        """Own media with their insights, kept for their comments."""
        records = []
        for record in page.records:
            if record.entity == "media":
                self.own[record.native_id] = record.payload.get("comments_count")
                record = replace(record, payload={**record.payload, **await self._insights(record.native_id)})
            records.append(record)
        return replace(page, records=records)

    async def _insights(self, media_id: str) -> dict[str, Any]:
        if self.refused_in_a_row >= PATIENCE:
            return {}
        try:
            answer = await self.graph.ask(f"{media_id}/insights", {"metric": INSIGHTS})
            insights = {}
            for metric in listed(answer, answer.json()):
                values = metric.get("values") if isinstance(metric, Mapping) else None
                if text(metric, "name") and isinstance(values, list) and values and isinstance(values[0], Mapping):
                    insights[metric["name"]] = values[0].get("value")
        except FOR_ALL:
            raise
        except SourceError as error:
            self.refused_in_a_row += 1
            self.refusals.append(str(error))
            return {}
        self.refused_in_a_row = 0
        return {"insights": insights}


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """Own media, comments and tags; the media of other businesses; what hashtags show; and the young again."""
    night, settings = Night(job), job.settings
    for read, names in ((_own, settings.pages), (_discovered, settings.accounts)):
        for name in names:
            try:
                async for page in read(night, name):
                    yield page
            except SourceError as error:
                night.fail(name, error)
    known = job.cursor.get("hashtags")
    remembered: dict[str, Any] = {**known} if isinstance(known, Mapping) else {}
    current = {tag: one for tag, one in remembered.items() if datetime.fromisoformat(one["at"]) > job.window.end - HASHTAG_DAYS}
    async for page in _hashtags(night, remembered, current):
        yield page
    try:
        async for page in _closely(night):
            yield page
    except SourceError as error:
        night.lack("young media and comments were", error)
    if night.refusals:
        night.notes.append(f"{len(night.refusals)} own media without insights, the first: {night.refusals[0]}")
    for page in night.last(night.graph.base, [*settings.pages, *settings.accounts, *(f"#{tag}" for tag in current)], hashtags=current):
        yield page


async def check(job: Extraction) -> str:
    """The username of the first own account."""
    _, account = await _profile(Night(job), job.settings.pages[0])
    return f"account {text(account.payload, 'username') or account.native_id}"


async def _profile(night: Night, account_id: str) -> tuple[Answer, Record]:
    if not _ACCOUNT_ID.fullmatch(account_id):
        raise SourceError(f"{account_id!r} is no account's number: write that of the own Instagram account (ig user id) under `pages`.")
    answer = await night.graph.ask(account_id, {"fields": PROFILE_FIELDS})
    return answer, night.account(answer, answer.json())


async def _own(night: Night, account_id: str) -> AsyncIterator[Page]:
    """An own account, its media, and those of others that tag it, down to the oldest young ones: they cannot be asked for by id."""
    answer, account = await _profile(night, account_id)
    yield Page(answer.url, [account])
    asked: Parameters = {"fields": OWN_FIELDS, "limit": PAGE_SIZE, **night.span(account_id)}
    async for answer, items in night.graph.pages(f"{account_id}/media", asked, night.notes):
        yield await night.told(night.media(answer, items, night.start(account_id)))
    floor = min(night.start(account_id), night.horizon)
    try:
        tagged: Parameters = {"fields": f"{SHOWN_FIELDS},username", "limit": PAGE_SIZE}
        async for answer, items in night.graph.pages(f"{account_id}/tags", tagged, night.notes):
            for media_id in filter(None, (text(item, "id") for item in items)):
                night.tagged[media_id] = sorted({*night.tagged.get(media_id, ()), account_id})
            yield night.media(answer, items, floor, key="")
            if night.is_past(items, floor):
                break
    except SourceError as error:
        night.lack(f"{account_id}: media that tag it were", error)


async def _discovered(night: Night, username: str) -> AsyncIterator[Page]:
    """A business and its media, down to the oldest young one: nothing but this list shows them, and what it lacks is deleted."""
    name = username.lstrip("@").lower()
    if not _USERNAME.fullmatch(name):
        raise SourceError(f"{username!r} is not a username.")
    since, key, place, met = night.start(username), f"@{name}", "", set[str]()
    for number in range(night.job.settings.limits.max_pages):
        profile = "id" if number else PROFILE_FIELDS
        wanted = f"business_discovery.username({name}){{{profile},media{place}.limit({PAGE_SIZE}){{{DISCOVERY_FIELDS}}}}}"
        answer = await night.graph.ask(night.asker, {"fields": wanted})
        found = answer.json().get("business_discovery")
        account = night.account(answer, found)
        items = [] if found.get("media") is None else listed(answer, found["media"])
        page = night.media(answer, items, since, key=key, author_id=account.native_id)
        yield page if number else replace(page, records=[account, *page.records])
        met |= {media_id for item in items if (media_id := text(item, "id"))}
        following = next_place(answer, found.get("media"), is_linked=False)
        if following and place == f".after({following['after']})":
            raise BrokenBody(f"{answer.url} names the page that was just read as the next one: the list is left.")
        if not items or following is None or night.is_past(items, min(since, night.horizon)):
            gone = sorted(night.young.get(key, set()) - met)
            if gone:
                yield Page(answer.url, tombstones=[Tombstone("media", media_id) for media_id in gone])
            return
        place = f".after({following['after']})"
    night.notes.append(f"{username}: more media than limits.max_pages allows; the rest was not read")


async def _hashtags(night: Night, remembered: Mapping[str, Any], current: dict[str, Any]) -> AsyncIterator[Page]:
    """What the hashtags show; those beyond the cap have their turn when the `current` ones have aged."""
    left_out = []
    tags = dict.fromkeys(tag.lstrip("#").lower() for tag in night.job.settings.tags or ())
    for tag in sorted(tags, key=lambda tag: (tag not in current, remembered.get(tag, {}).get("at", ""))):
        if tag not in current and len(current) >= HASHTAGS:
            left_out.append(tag)
            continue
        try:
            hashtag_id = remembered.get(tag, {}).get("id") or await _hashtag_id(night, tag)
            current.setdefault(tag, {"id": hashtag_id, "at": night.job.window.end.isoformat()})
            async for page in _shown(night, hashtag_id, night.start(f"#{tag}")):
                yield page
        except MissingPermission as error:
            night.lack("hashtags were", error)
            return
        except SpentQuota:
            left_out.append(tag)
        except Missing:
            night.notes.append(f"#{tag}: Instagram shows no such hashtag")
        except SourceError as error:
            night.fail(f"#{tag}", error)
    if left_out:
        night.notes.append(
            f"{len(left_out)} hashtags were left out ({', '.join(left_out)}): Instagram shows an account {HASHTAGS} different ones in "
            f"{HASHTAG_DAYS.days} days. They have their turn when others have aged; or shorten `tags`"
        )


async def _hashtag_id(night: Night, tag: str) -> str:
    answer = await night.graph.ask("ig_hashtag_search", {"user_id": night.asker, "q": tag})
    found = listed(answer, answer.json())
    hashtag_id = text(found[0], "id") if found else None
    if hashtag_id is None or not hashtag_id.isdigit():
        raise Missing(f"{answer.url} knows no such hashtag.")
    return hashtag_id


async def _shown(night: Night, hashtag_id: str, since: datetime) -> AsyncIterator[Page]:
    """A hashtag's media of the last 24 hours, and the first page of the most popular ones; of neither the author is told."""
    asked: Parameters = {"user_id": night.asker, "fields": SHOWN_FIELDS, "limit": PAGE_SIZE}
    async for answer, items in night.graph.pages(f"{hashtag_id}/recent_media", asked, night.notes):
        yield night.media(answer, items, since, key="", is_poor=True)
    answer = await night.graph.ask(f"{hashtag_id}/top_media", asked)
    yield night.media(answer, listed(answer, answer.json()), night.horizon, key="", is_poor=True)


async def _closely(night: Night) -> AsyncIterator[Page]:
    """The young own media again, new comments below own media, and the young comments with the replies to them."""
    young = [known.lookup_key for known in night.job.young if known.entity == "media" and known.lookup_key.isdigit()]
    async for answer, found, missing in night.graph.objects([key for key in young if key not in night.own], OWN_FIELDS):
        if answer is not None:
            yield await night.told(night.media(answer, list(found.values()), night.horizon))
        elif not night.failures:
            yield Page(night.graph.base, tombstones=[Tombstone("media", media_id) for media_id in missing])
    for media_id in [media_id for media_id, count in night.own.items() if count != 0]:
        asked: Parameters = {"fields": THREAD_FIELDS, "limit": PAGE_SIZE}
        try:
            async for answer, items in night.graph.pages(f"{media_id}/comments", asked, night.notes):
                yield night.comments(answer, items, media_id)
                if night.is_past(items, night.floor):
                    break
        except Missing as error:
            night.lack(f"{media_id}: its comments were", error)
    comments = [known.lookup_key for known in night.job.young if known.entity == "comments" and known.native_id not in night.seen]
    async for answer, found, missing in night.graph.objects(comments, THREAD_FIELDS):
        if answer is not None:
            yield night.comments(answer, list(found.values()))
        elif not night.failures:
            yield Page(night.graph.base, tombstones=[Tombstone("comments", comment_id) for comment_id in missing])


SOURCE = Source(
    platform="instagram",
    channel="social_networks",
    entities={
        "media": "One row per post, reel or album and change of it.",
        "comments": "One row per comment or reply below own media and change of it.",
        "accounts": "One row per account and change of it.",
    },
    follows=frozenset({"pages", "accounts", "tags"}),
    requires=frozenset({"pages"}),
    secrets={"token": True, "app_secret": False},
    fetch=fetch,
    check=check,
    requests_per_second=5,
    access="approved app (OAuth)",
    rechecks=frozenset({"comments"}),
)
