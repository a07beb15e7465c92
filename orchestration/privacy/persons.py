"""Whom somebody means: a person's accounts, found by name, handle, address or id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from orchestration.settings import NotDone


@dataclass(frozen=True, slots=True)
class Account:
    """One account as it is called now, and the person that it is joined to."""

    author_id: str
    person_id: str
    platform_id: str
    display_name: str | None
    handle: str | None
    url: str | None


class NobodyFound(NotDone):
    """Nothing in the warehouse is called so."""


class SeveralFound(NotDone):
    """Several persons are called so; `accounts` are all of theirs."""

    def __init__(self, wanted: str, accounts: Sequence[Account]) -> None:
        persons = {account.person_id for account in accounts}
        super().__init__(f"{len(persons)} persons are called {wanted!r}: name the one that you mean by its person id or an address")
        self.accounts = accounts


FOUND = """
with named as (
    select distinct authors.author_id, coalesce(bridge.person_id, authors.author_id) as person_id
    from marts.dim_authors as authors left join marts.bridge_persons_authors as bridge using (author_id)
    where list_contains(
        [lower(authors.author_id), lower(substr(authors.author_id, strpos(authors.author_id, ':') + 1)), lower(bridge.person_id),
         lower(authors.display_name), ltrim(lower(authors.handle), '@'),
         rtrim(regexp_replace(lower(authors.url), '^https?://(www\\.)?', ''), '/')],
        $wanted
    )
)
select distinct authors.author_id, coalesce(bridge.person_id, authors.author_id), authors.platform_id, authors.display_name, authors.handle,
    authors.url
from marts.dim_authors as authors left join marts.bridge_persons_authors as bridge using (author_id)
where authors.is_current and coalesce(bridge.person_id, authors.author_id) in (select person_id from named)
order by all
"""


def find(connection: duckdb.DuckDBPyConnection, wanted: str, account: str | None = None) -> list[Account]:
    """All accounts of the one person that is called so, under any name that an account of theirs ever had; `account`: that one alone.

    Raises:
        NobodyFound: nobody is, or the account is not the person's.
        SeveralFound: more than one is.
    """
    plain = wanted.strip().lower().removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")
    for name in dict.fromkeys((wanted.strip().lower(), plain, plain.removeprefix("@"))):
        found = [Account(*row) for row in connection.execute(FOUND, {"wanted": name}).fetchall()]
        if found:
            break
    else:
        raise NobodyFound(
            f"nobody is called {wanted!r}: write a name, handle, address, author id or person id as `groundswell rank` shows it"
        )
    if len({one.person_id for one in found}) > 1:
        raise SeveralFound(wanted, found)
    if account is None:
        return found
    chosen = [one for one in found if one.author_id == account]
    if not chosen:
        raise NobodyFound(f"{account!r} is no account of theirs: one of {', '.join(one.author_id for one in found)}")
    return chosen
