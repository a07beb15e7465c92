"""Reddit: communities, searches and accounts by the API where there are credentials, else by the Atom feeds.

Cursor: "until" keeps per listing the end of the last window that was read for it, "counts" how many comments a post had when they were
read, "users" the ids of followed accounts. The feeds' cursor has "until" alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

from connectors.communities.reddit.api import BATCH, Api, Refusal, bare, of_one, phrase
from connectors.communities.reddit.feeds import check_feeds, fetch_feeds
from connectors.communities.reddit.things import Things, is_fullname
from connectors.extraction import Extraction
from connectors.settings import SourceSettings
from connectors.source import Page, Record, Source, SourceError, Tombstone


class _Accounts:
    """The followed accounts' ids, by their names in lower case; they tell who is gone."""

    def __init__(self, api: Api) -> None:
        self.ids: dict[str, str] = dict(api.job.cursor.get("users", {}))
        self._api = api

    async def profile(self, account: str) -> Page:
        """An account's profile, or its tombstone. Raises Refusal where it cannot be read and was never met."""
        path, known = f"/user/{quote(account, safe='')}/about", self.ids.get(account.lower())
        try:
            answer = await self._api.ask(f"u/{account}", path)
        except Refusal:
            if known is None:
                raise
            self._api.notes.append(f"u/{account} is gone: deleted or banned. Take it out of sources.yaml.")
            return Page(f"{self._api.base}{path}", tombstones=[Tombstone("users", known)])
        body = answer.json()
        user = body.get("data") if isinstance(body, dict) and body.get("kind") == "t2" else None
        if isinstance(user, dict) and user.get("is_suspended") is True:
            why = f"u/{account} is suspended. Take it out of sources.yaml."
            if known is None:
                raise Refusal(why)
            self._api.notes.append(why)
            return Page(answer.url, tombstones=[Tombstone("users", known, "suspended")])
        native_id = f"t2_{user.get('id')}" if isinstance(user, dict) else None
        if not isinstance(user, dict) or not native_id or not is_fullname(native_id):
            raise Refusal(f"u/{account} cannot be read: {answer.url} is no account.")
        self.ids[account.lower()] = native_id
        return Page(answer.url, [Record("users", native_id, user)])


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """New posts and comments, the young ones again, what they answer, their authors and communities."""
    credentials = _credentials(job)
    async for page in _by_api(Api(job, *credentials)) if credentials else fetch_feeds(job):
        yield page


async def _by_api(api: Api) -> AsyncIterator[Page]:
    accounts = _Accounts(api)
    failures: dict[str, SourceError] = {}
    async for page in _profiles(api):
        yield page
    listings = _listings(api.job.settings)
    for name, path, params in listings:
        try:
            is_there = True
            if name.startswith("u/"):
                page = await accounts.profile(name.removeprefix("u/"))
                yield page
                is_there = bool(page.records)
            if is_there:
                async for page in api.listing(name, path, **params):
                    yield page
        except SourceError as error:
            if not of_one(error):
                raise
            failures[name] = error
    async for page in api.info(api.young):
        yield page
    counts: dict[str, int] = {}
    async for page in _trees(api, counts, failures):
        yield page
    async for page in api.info(api.folded):
        yield page
    async for page in api.info(list(api.related)):
        yield page
    async for page in api.users([author for author in api.authors if author not in accounts.ids.values()]):
        yield page
    if api.hidden_count:
        api.notes.append(f"at least {api.hidden_count} comments lie deeper in their threads than Reddit shows; they were not read")
    until = {name: api.job.window.end.isoformat() for name, _, _ in listings}
    yield Page(api.base, notes=api.notes, cursor={"until": until, "counts": counts, "users": accounts.ids})
    if failures:
        raise SourceError(f"Not read: {', '.join(failures)}. {' '.join(dict.fromkeys(str(error) for error in failures.values()))}")


def _listings(settings: SourceSettings) -> list[tuple[str, str, dict[str, str | int]]]:
    """Name, path and parameters of each listing that the followed things have."""
    listings: list[tuple[str, str, dict[str, str | int]]] = []
    for community in dict.fromkeys(map(bare, settings.communities)):
        path = f"/r/{quote(community, safe='')}"
        listings += [(f"r/{community}", f"{path}/new", {}), (f"r/{community} comments", f"{path}/comments", {})]
    for term in settings.terms or ():
        listings.append((term, "/search", {"q": phrase(term), "sort": "new", "type": "link", "t": "all"}))
    for account in dict.fromkeys(map(bare, settings.accounts)):
        listings.append((f"u/{account}", f"/user/{quote(account, safe='')}/overview", {"sort": "new"}))
    return listings


async def _profiles(api: Api) -> AsyncIterator[Page]:
    """The followed communities, as many as Reddit tells of."""
    communities = list(dict.fromkeys(map(bare, api.job.settings.communities)))
    for first in range(0, len(communities), BATCH):
        answer = await api.ask("/api/info", "/api/info", sr_name=",".join(communities[first : first + BATCH]))
        things = Things(answer.url, api.job.window.end)
        things.add(answer.json())
        yield api.page(things)


async def _trees(api: Api, counts: dict[str, int], failures: dict[str, SourceError]) -> AsyncIterator[Page]:
    """The comments of posts outside of the followed communities whose number has changed since they were last read."""
    before = api.job.cursor.get("counts", {})
    changed = [post for post, count in api.trees.items() if count and before.get(post) != count]
    counts |= {post: count for post, count in api.trees.items() if post not in changed}
    for post in changed[: api.max_pages]:
        try:
            yield await api.tree(post)
            counts[post] = api.trees[post]
        except SourceError as error:
            if not of_one(error):
                raise
            failures[post] = error
    if len(changed) > api.max_pages:
        api.notes.append(f"the comments of {len(changed) - api.max_pages} posts were not read: limits.max_pages was reached")


async def check(job: Extraction) -> str:
    """What the first followed thing's listing shows."""
    credentials = _credentials(job)
    if not credentials:
        return await check_feeds(job)
    name, path, params = next(iter(_listings(job.settings)), ("r/popular", "/r/popular/new", {}))
    answer = await Api(job, *credentials).ask(name, path, limit=1, **params)
    things = Things(answer.url, job.window.end)
    things.add(answer.json())
    newest = f"newest item of {things.last_written:%Y-%m-%d %H:%M}" if things.last_written else "no dated item"
    return f"{name} by the API: {newest}"


def _credentials(job: Extraction) -> tuple[str, str] | None:
    """The app's id and secret; both or none."""
    client_id, client_secret = job.settings.secret("client_id"), job.settings.secret("client_secret")
    if client_id and client_secret:
        return client_id, client_secret
    if client_id or client_secret:
        raise SourceError("Reddit needs client_id and client_secret together: name both under secrets, or neither to read its feeds.")
    return None


SOURCE = Source(
    platform="reddit",
    channel="communities",
    entities={
        "posts": "One row per post and change of it; its score moves.",
        "comments": "One row per comment and change of it; its score moves.",
        "users": "One row per account and change of its karma.",
        "communities": "One row per subreddit and change of it; its subscribers move.",
    },
    follows=frozenset({"communities", "terms", "accounts"}),
    fetch=fetch,
    check=check,
    secrets={"client_id": False, "client_secret": False},
    requests_per_second=1.5,
    access="approved app (OAuth); open feeds without scores",
    rechecks=frozenset({"comments", "posts"}),
)
