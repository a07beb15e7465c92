"""What Instagram's answers hold: media, comments and accounts, and what one night remembers of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.extraction import Extraction
from connectors.http import Answer
from connectors.social_networks.graph_api import FACEBOOK, GraphNight, text
from connectors.source import Page, Record, Rejected, SourceError


class InstagramNight(GraphNight):
    """One night's fetch. `ids` are those of known usernames, `seen` what was met, `own` the own media by their counts of comments.

    `horizon` is when the oldest young item can have been published, `young` what to look for under each lookup key.
    """

    def __init__(self, job: Extraction) -> None:
        super().__init__(job, FACEBOOK)
        self.horizon = job.window.end - timedelta(days=job.settings.limits.young_days)
        self.ids: dict[str, str] = {}
        self.seen: set[str] = set()
        self.own: dict[str, Any] = {}
        self.tagged: dict[str, list[str]] = {}
        self.young: dict[str, set[str]] = {}
        for known in job.young:
            self.young.setdefault(known.lookup_key, set()).add(known.native_id)

    def account(self, answer: Answer, profile: Any) -> Record:
        """An account's whole profile."""
        account_id = text(profile, "id")
        if account_id is None:
            raise SourceError(f"{answer.url}: the account that was asked for is not in the answer.")
        self.seen.add(account_id)
        if username := text(profile, "username"):
            self.ids[username] = account_id
        return Record("accounts", account_id, {name: value for name, value in profile.items() if name != "media"})

    def author(self, item: Mapping[str, Any]) -> tuple[dict[str, str], list[Record]]:
        """The key for an item's author, by username where no id is told; and the author, where nothing else tells of it."""
        username = text(item, "username") or text(item.get("from"), "username")
        told = text(item.get("from"), "id") or text(item.get("owner"), "id")
        author_id = told or (self.ids.get(username, f"@{username}") if username else None)
        if author_id is None:
            return {}, []
        is_new = author_id not in self.seen
        self.seen.add(author_id)
        return {"author_id": author_id}, [Record("accounts", author_id, {"username": username})] if is_new and username else []

    def media(
        self, answer: Answer, items: Sequence[Any], since: datetime, *, key: str | None = None, author_id: str = "", is_poor: bool = False
    ) -> Page:
        """Media as answered, those published since and the young ones; of a poor answer only what no better one told of.

        `key` is what to ask for them with again where that is not their id, empty where there is no way.
        """
        records, rejected = [], []
        for item in items:
            media_id = text(item, "id")
            if media_id is None:
                rejected.append(Rejected("media", "a medium without an id", item))
                continue
            published, lookup_key = self.when(item.get("timestamp")), media_id if key is None else key
            is_wanted = published is None or published >= since or media_id in self.young.get(lookup_key, ())
            if not is_wanted or not self.is_early(published) or (is_poor and media_id in self.seen):
                continue
            self.seen.add(media_id)
            author, accounts = ({"author_id": author_id}, []) if author_id else self.author(item)
            mentions = {"tagged_accounts": self.tagged[media_id]} if media_id in self.tagged else {}
            records += [*accounts, Record("media", media_id, {**item, **author, **mentions}, published, lookup_key or None)]
        return Page(answer.url, records, rejected=rejected)

    def comments(self, answer: Answer, items: Sequence[Any], media_id: str | None = None) -> Page:
        """Comments and the replies in them, each a record of its own."""
        records, rejected = [], []
        waiting = list(items)
        while waiting:
            item = waiting.pop(0)
            comment_id = text(item, "id")
            if comment_id is None:
                rejected.append(Rejected("comments", "a comment without an id", item))
                continue
            below = text(item, "media_id") or media_id or text(item.get("media"), "id")
            replies = item["replies"].get("data") if isinstance(item.get("replies"), Mapping) else None
            for reply in replies if isinstance(replies, list) else ():
                above = {"parent_id": comment_id} | ({"media_id": below} if below else {})
                waiting.append({**reply, **above} if isinstance(reply, Mapping) else reply)
            published = self.when(item.get("timestamp"))
            if self.is_early(published):
                self.seen.add(comment_id)
                author, accounts = self.author(item)
                kept = {name: value for name, value in item.items() if name not in {"replies", "from"}}
                comment = kept | author | ({"media_id": below} if below else {})
                records += [*accounts, Record("comments", comment_id, comment, published, comment_id)]
        return Page(answer.url, records, rejected=rejected)

    def is_past(self, items: Sequence[Any], floor: datetime) -> bool:
        """Whether all of these were published before: a pinned one may stand among newer ones."""
        times = [self.when(item.get("timestamp")) for item in items if isinstance(item, Mapping)]
        return bool(times) and all(at is not None and at < floor for at in times)
