"""Threads: what the search shows of a term or tag, the posts of public accounts, and the own account ("me") with its replies.

Of others the API tells usernames alone, never ids: they are the accounts' ids here. Of posts of others it tells no counts.
Cursor: "until" keeps per followed thing the end of the last window that was read for it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from connectors.extraction import Extraction
from connectors.http import Answer
from connectors.http.pagination import Parameters
from connectors.night.followed import FOR_ALL, Missing, MissingPermission
from connectors.social_networks.graph_api import GraphNight, listed, text
from connectors.source import Page, Record, Rejected, Source, SourceError, Tombstone

BASE = "https://graph.threads.com/v1.0"
PAGE_SIZE = 100
LOOKUPS = 500
"""The most profiles that one night looks up: the API allows 1,000 a day, the followed accounts included."""
SEARCH_FIELDS = "id,text,media_type,permalink,timestamp,username,has_replies,is_quote_post,is_reply"
POST_FIELDS = (
    "id,media_product_type,media_type,permalink,username,text,timestamp,shortcode,is_quote_post,quoted_post,reposted_post,has_replies,"
    "link_attachment_url"
)
OWN_FIELDS = f"{POST_FIELDS},owner"
REPLY_FIELDS = f"{POST_FIELDS},root_post,replied_to,is_reply".replace(",link_attachment_url", "")
PROFILE_FIELDS = "id,username,name,threads_biography,is_verified"
INSIGHTS = "views,likes,replies,reposts,quotes,shares"
ME = "me"


class Night(GraphNight):
    """One night's fetch: the own username, the own posts by whether they have replies, who was met, and what was spent on searches."""

    def __init__(self, job: Extraction) -> None:
        super().__init__(job, BASE)
        self.username = ""
        self.profile: Mapping[str, Any] = {}
        self.own: dict[str, bool] = {}
        self.seen: set[str] = set()
        self.authors: dict[str, None] = {}
        self.profiles: set[str] = set()
        self.search_count = 0
        self.finders: set[str] = set()
        self.left_out: list[str] = []

    def is_spent(self) -> bool:
        """Whether the night's budget of searches is spent."""
        budget = self.job.settings.limits.budget
        return budget is not None and self.search_count >= budget

    def posts(self, answer: Answer, items: Sequence[Any], *, is_poor: bool = False) -> Page:
        """Posts as answered; of a poor answer only those that no better one told of."""
        records, rejected = [], []
        for item in items:
            post_id = text(item, "id")
            if post_id is None:
                rejected.append(Rejected("posts", "a post without an id", item))
                continue
            published, username = self.when(item.get("timestamp")), text(item, "username")
            if not self.is_early(published) or (is_poor and post_id in self.seen):
                continue
            self.seen.add(post_id)
            if username:
                self.authors.setdefault(username)
            is_own = bool(username) and username == self.username
            if is_own:
                self.own[post_id] = item.get("has_replies") is not False
            records.append(Record("posts", post_id, item, published, post_id if is_own else None))
        return Page(answer.url, records, rejected=rejected)

    async def told(self, page: Page) -> Page:
        """A page with the insights of the own posts in it."""
        records = []
        for record in page.records:
            insights = await self.insights(record.native_id, INSIGHTS) if record.native_id in self.own else {}
            records.append(replace(record, payload={**record.payload, "insights": insights}) if insights else record)
        return replace(page, records=records)

    async def insights(self, what: str, metrics: str) -> dict[str, Any]:
        """The numbers that only an owner is told; none where the permission for them is missing, which is noted once."""
        if "insights" in self.left_out:
            return {}
        edge = "threads_insights" if what == ME else "insights"
        try:
            answer = await self.graph.ask(f"{what}/{edge}", {"metric": metrics})
            return dict(_number(metric) for metric in listed(answer, answer.json()) if text(metric, "name"))
        except MissingPermission as error:
            self.left_out.append("insights")
            self.lack("insights were", error)
        except Missing:
            self.notes.append(f"{what}: no insights are told of it")
        return {}


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """The followed accounts, the own young posts and the replies to them, what the search shows, and who wrote all of it."""
    night, settings = Night(job), job.settings
    yield await _me(night)
    for account in settings.accounts:
        try:
            async for page in _account(night, account.lstrip("@")):
                yield page
        except SourceError as error:
            night.fail(f"@{account.lstrip('@')}", error)
    async for page in _again(night):
        yield page
    searches = [(term, term, "KEYWORD") for term in settings.terms or ()]
    searches += [(f"#{tag.lstrip('#')}", tag.lstrip("#"), "TAG") for tag in settings.tags or ()]
    try:
        for name, query, mode in sorted(searches, key=lambda search: night.start(search[0])):
            async for page in _search(night, name, query, mode):
                yield page
    except MissingPermission as error:
        night.lack("what the search shows was", error)
    if night.finders == {night.username}:
        night.notes.append(
            "the search shows own posts alone: until the app has passed review for threads_keyword_search, it shows no others"
        )
    async for page in _profiles(night):
        yield page
    unread = [name for name in night.left_out if name != "insights"]
    if unread:
        night.notes.append(f"limits.budget was spent on {night.search_count} searches; not searched to the end: {', '.join(unread)}")
    names = [f"@{account.lstrip('@')}" for account in settings.accounts] + [name for name, _, _ in searches if name not in unread]
    for page in night.last(night.graph.base, names):
        yield page


async def check(job: Extraction) -> str:
    """The own username."""
    page = await _me(Night(job))
    return f"account @{page.records[0].native_id}"


async def _me(night: Night) -> Page:
    answer = await night.graph.ask(ME, {"fields": PROFILE_FIELDS})
    profile = answer.json()
    username = text(profile, "username")
    if username is None:
        raise SourceError(f"{answer.url} does not tell whose token this is: issue it with the scope threads_basic.")
    night.username, night.profile = username, profile
    night.profiles.add(username)
    return Page(answer.url, [Record("accounts", username, profile)])


async def _account(night: Night, username: str) -> AsyncIterator[Page]:
    """An account and its posts; of the own one also its replies, its followers, and the posts that mention it."""
    name = f"@{username}"
    if username not in {ME, night.username}:
        yield await _profile(night, username)
        asked: Parameters = {"username": username, "fields": POST_FIELDS, "limit": PAGE_SIZE, **night.span(name)}
        async for answer, items in night.graph.pages("profile_posts", asked, night.notes):
            yield night.posts(answer, items)
        return
    followers = await night.insights(ME, "followers_count")
    if followers:
        yield Page(night.graph.base, [Record("accounts", night.username, {**night.profile, "insights": followers})])
    for edge, fields, what in (
        ("threads", OWN_FIELDS, None),
        ("replies", REPLY_FIELDS, "own replies were"),
        ("mentions", POST_FIELDS, "mentions were"),
    ):
        try:
            async for answer, items in night.graph.pages(
                f"{ME}/{edge}", {"fields": fields, "limit": PAGE_SIZE, **night.span(name)}, night.notes
            ):
                yield await night.told(night.posts(answer, items, is_poor=edge == "mentions"))
        except SourceError as error:
            if what is None:
                raise
            night.lack(what, error)


async def _again(night: Night) -> AsyncIterator[Page]:
    """The own young posts one by one, for the API has no batches, and what was replied to own posts."""
    since = min((night.start(f"@{account.lstrip('@')}") for account in night.job.settings.accounts), default=night.job.window.start)
    for known in night.job.young:
        if known.native_id in night.seen:
            continue
        try:
            answer = await night.graph.ask(known.lookup_key, {"fields": OWN_FIELDS})
            yield await night.told(night.posts(answer, [answer.json()]))
        except Missing:
            if not night.failures:
                yield Page(night.graph.base, tombstones=[Tombstone("posts", known.native_id)])
        except SourceError as error:
            night.lack(f"{known.native_id} was", error)
    for post_id in [post_id for post_id, has_replies in night.own.items() if has_replies]:
        try:
            async for page in _replies(night, post_id, since):
                yield page
        except MissingPermission as error:
            night.lack("replies to own posts were", error)
            return
        except SourceError as error:
            night.lack(f"{post_id}: the replies to it were", error)


async def _replies(night: Night, post_id: str, since: datetime) -> AsyncIterator[Page]:
    """The whole tree of replies, newest first, back to the last night."""
    asked: Parameters = {"fields": REPLY_FIELDS, "reverse": "true", "limit": PAGE_SIZE}
    async for answer, items in night.graph.pages(f"{post_id}/conversation", asked, night.notes):
        yield night.posts(answer, items, is_poor=True)
        times = [night.when(item.get("timestamp")) for item in items if isinstance(item, Mapping)]
        if times and all(at is not None and at < since for at in times):
            return


async def _search(night: Night, name: str, query: str, mode: str) -> AsyncIterator[Page]:
    """What the search shows of the window, newest first, as far as the budget goes."""
    if night.is_spent():
        night.left_out.append(name)
        return
    asked: Parameters = {"q": query, "search_type": "RECENT", "search_mode": mode, "fields": SEARCH_FIELDS, "limit": PAGE_SIZE}
    try:
        async for answer, items in night.graph.pages("keyword_search", {**asked, **night.span(name)}, night.notes):
            night.search_count += 1
            night.finders |= {username for item in items if (username := text(item, "username"))}
            yield await night.told(night.posts(answer, items, is_poor=True))
            if night.is_spent() and len(items) == PAGE_SIZE:
                night.left_out.append(name)
                return
    except MissingPermission:
        raise
    except SourceError as error:
        night.fail(name, error)


async def _profiles(night: Night) -> AsyncIterator[Page]:
    """Those who wrote what was met: with their followers as far as they are told, else the name alone."""
    waiting = [username for username in night.authors if username not in night.profiles]
    is_open, hidden_count = True, 0
    if len(waiting) > LOOKUPS:
        night.notes.append(f"{len(waiting) - LOOKUPS} authors were not looked up: a night has {LOOKUPS} look-ups")
    for number, username in enumerate(waiting):
        if is_open and number < LOOKUPS:
            try:
                yield await _profile(night, username)
                continue
            except FOR_ALL:
                raise
            except MissingPermission as error:
                is_open = False
                night.lack("the profiles of authors were", error)
            except SourceError:
                hidden_count += 1
        yield Page(night.graph.base, [Record("accounts", username, {"username": username})])
    if hidden_count:
        night.notes.append(f"{hidden_count} authors show no profile: private, or with few followers")


async def _profile(night: Night, username: str) -> Page:
    answer = await night.graph.ask("profile_lookup", {"username": username})
    profile = answer.json()
    found = text(profile, "username") or username
    night.profiles.add(found)
    return Page(answer.url, [Record("accounts", found, profile)])


def _number(metric: Mapping[str, Any]) -> tuple[str, Any]:
    """A metric's name and value, which stands in one of two places."""
    total, values = metric.get("total_value"), metric.get("values")
    told = total if isinstance(total, Mapping) else values[0] if isinstance(values, list) and values else None
    return metric["name"], told.get("value") if isinstance(told, Mapping) else None


SOURCE = Source(
    platform="threads",
    channel="social_networks",
    entities={
        "posts": "One row per post or reply and change of it; counts are told of own posts alone.",
        "accounts": "One row per account, by its username, and change of it.",
    },
    follows=frozenset({"terms", "tags", "accounts"}),
    secrets={"token": True, "app_secret": False},
    fetch=fetch,
    check=check,
    requests_per_second=5,
    access="approved app (OAuth)",
    rechecks=frozenset({"posts"}),
)
