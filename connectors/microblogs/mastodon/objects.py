"""What a Mastodon client API answers, as records: each status without what it embeds, and what it embeds on its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.source import Page, Record, Rejected, Tombstone

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
SHOWN = frozenset({"public", "unlisted"})


@dataclass(frozen=True, slots=True)
class Met:
    """A status in an answer, itself or embedded, with what a connector needs to ask for more of it."""

    status_id: str | None
    uri: str
    account_uri: str
    published_at: datetime | None
    replies_count: int
    reblogs_count: int
    is_reblog: bool


@dataclass
class Reading:
    """What one answer of `instance` holds; items published at `end` or later are left for the next night.

    `answered` are the ids of the statuses that it lists; `unindexed` and `private` the URIs of statuses and accounts that are left out,
    because their people asked robots to keep away, or show them to some only. `software` is that of the server where it is not Mastodon.
    """

    url: str
    instance: str
    end: datetime
    software: str | None = None
    met: list[Met] = field(default_factory=list)
    answered: set[str | None] = field(default_factory=set)
    rejected: list[Rejected] = field(default_factory=list)
    unindexed: set[str] = field(default_factory=set)
    private: set[str] = field(default_factory=set)
    _records: dict[tuple[str, str], Record] = field(default_factory=dict)
    _suspended: set[str] = field(default_factory=set)

    def statuses(self, statuses: Iterable[Any]) -> None:
        """Adds statuses, those they reblog and quote, and all their accounts."""
        waiting = list(statuses)[::-1]
        self.answered |= {item_id(status) for status in waiting}
        while waiting:
            status = waiting.pop()
            if flaw := _flaw(status):
                self.rejected.append(Rejected("statuses", f"{self.url}: {flaw}", status, identity(status)))
                continue
            published_at = moment(status, self.end)
            uri = str(identity(status))
            if published_at is not None and published_at >= self.end:
                continue
            if status.get("visibility", "public") not in SHOWN:
                self.private.add(uri)
            elif status["account"].get("noindex") is True:
                self.unindexed.add(uri)
            elif self.account(status["account"]):
                payload = {**status, "account": reference(status["account"]), "instance": self.instance}
                waiting += _taken_out(payload)
                for author in _card_authors(payload):
                    self.account(author)
                self._status(payload, uri, published_at)

    def _status(self, payload: Mapping[str, Any], uri: str, published_at: datetime | None) -> None:
        reblog = payload.get("reblog")
        status_id = item_id(payload)
        # Some servers give a reblog the id of what it reblogs: asking for it shows that one.
        lookup_key = None if reblog and item_id(reblog) == status_id else status_id
        self._records["statuses", uri] = Record("statuses", uri, payload, published_at, lookup_key)
        counts = _count(payload, "replies_count"), _count(payload, "reblogs_count")
        self.met.append(Met(lookup_key, uri, payload["account"]["uri"], published_at, *counts, is_reblog=bool(reblog)))

    def account(self, account: Any) -> bool:
        """Adds an account; whether it may be shown."""
        uri = identity(account)
        if uri is None:
            self.rejected.append(Rejected("accounts", f"{self.url}: not an account with a uri or url", account))
        elif account.get("suspended") is True:
            self._suspended.add(uri)
        elif account.get("noindex") is True:
            self.unindexed.add(uri)
        else:
            told = {"software": self.software} if self.software else {}
            self._records["accounts", uri] = Record("accounts", uri, {**account, **told, "instance": self.instance})
            return True
        return False

    def reblogs(self, status_uri: str, accounts: Iterable[Any]) -> None:
        """Adds who reblogged a status; the API does not tell when."""
        for account in accounts:
            if self.account(account):
                who = reference(account)
                native_id = f"{status_uri} {who['uri']}"
                payload = {"status_uri": status_uri, "account": who, "instance": self.instance}
                self._records["reblogs", native_id] = Record("reblogs", native_id, payload)

    def followers(self, followed_uri: str, accounts: Iterable[Any]) -> None:
        """Adds who follows an account."""
        for account in accounts:
            if self.account(account):
                native_id = f"{identity(account)} {followed_uri}"
                payload = {"follower_uri": identity(account), "followed_uri": followed_uri, "instance": self.instance}
                self._records["follows", native_id] = Record("follows", native_id, payload)

    def page(self) -> Page:
        """All that was added."""
        gone = [Tombstone("accounts", uri, "suspended") for uri in sorted(self._suspended)]
        return Page(self.url, list(self._records.values()), gone, self.rejected)


def identity(item: Any) -> str | None:
    """The name that an item has on every server."""
    names = (item.get("uri"), item.get("url")) if isinstance(item, dict) else ()
    return next((name for name in names if isinstance(name, str) and name), None)


def reference(account: Any) -> dict[str, Any]:
    """An account's names, without the counts that move."""
    known = account if isinstance(account, dict) else {}
    return {"id": known.get("id"), "uri": identity(account), "acct": known.get("acct")}


def moment(status: Any, end: datetime) -> datetime | None:
    """When a status was written; None where it says nothing, or a time before the web or well after `end`."""
    try:
        written = datetime.fromisoformat(status["created_at"])
        written = written.replace(tzinfo=written.tzinfo or UTC).astimezone(UTC)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return written if EARLIEST <= written < end + timedelta(days=2) else None


def _taken_out(payload: dict[str, Any]) -> list[Any]:
    """The statuses that a status embeds, which are replaced by references in it."""
    embedded = []
    if payload.get("reblog"):
        embedded.append(payload["reblog"])
        payload["reblog"] = _status_reference(payload["reblog"])
    quoted = payload.get("quote")
    if isinstance(quoted, dict) and quoted.get("quoted_status"):
        embedded.append(quoted["quoted_status"])
        payload["quote"] = {**quoted, "quoted_status": _status_reference(quoted["quoted_status"])}
    return embedded


def _card_authors(payload: dict[str, Any]) -> list[Any]:
    """The accounts of those who wrote what a status links to, which are replaced by references in it."""
    card = payload.get("card")
    if not isinstance(card, dict) or not isinstance(card.get("authors"), list):
        return []
    authors = list(card["authors"])
    found = []
    for index, author in enumerate(authors):
        if isinstance(author, dict) and author.get("account"):
            found.append(author["account"])
            authors[index] = {**author, "account": reference(author["account"])}
    payload["card"] = {**card, "authors": authors}
    return found


def _status_reference(status: Any) -> dict[str, Any]:
    known = status if isinstance(status, dict) else {}
    return {"id": known.get("id"), "uri": identity(status), "account": reference(known.get("account"))}


def _flaw(status: Any) -> str | None:
    if not isinstance(status, dict):
        return "not a status but " + type(status).__name__
    if identity(status) is None:
        return "a status without a uri"
    return None if identity(status.get("account")) else "a status without an account"


def item_id(item: Any) -> str | None:
    """The name that an item has on the server that was asked; some send numbers."""
    value = item.get("id") if isinstance(item, dict) else None
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else None


def _count(item: Mapping[str, Any], name: str) -> int:
    value = item.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
