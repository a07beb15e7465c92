"""Whom somebody means: a person's accounts, found by name, handle, address or id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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


NAMED = """
with forms as (select unnest($wanted::varchar[]) as wanted, unnest($forms::varchar[]) as form, unnest($places::integer[]) as place),
keyed as (
    select authors.author_id, unnest(
        [lower(authors.author_id), lower(substr(authors.author_id, strpos(authors.author_id, ':') + 1)), lower(bridge.person_id),
         lower(authors.display_name), ltrim(lower(authors.handle), '@'),
         rtrim(regexp_replace(lower(authors.url), '^https?://(www\\.)?', ''), '/')]
    ) as key
    from marts.dim_authors as authors left join marts.bridge_persons_authors as bridge using (author_id)
),
named as (
    select distinct forms.wanted, keyed.author_id
    from forms inner join keyed on forms.form = keyed.key
    qualify dense_rank() over (partition by forms.wanted order by forms.place) = 1
)
"""
"""Accounts by any name that they ever had; of the ways to read a name the first that somebody has."""
ACCOUNT = """
    authors.author_id, coalesce(bridge.person_id, authors.author_id), authors.platform_id, authors.display_name, authors.handle, authors.url
from marts.dim_authors as authors left join marts.bridge_persons_authors as bridge using (author_id)
"""


def accounts_named(connection: duckdb.DuckDBPyConnection, wanted: Sequence[str]) -> dict[str, list[Account]]:
    """The accounts that are called so, by each of the names: handles, with @ or without, addresses, ids of accounts and people, names."""
    query = f"{NAMED} select named.wanted, {ACCOUNT} inner join named using (author_id) where authors.is_current order by all"
    found: dict[str, list[Account]] = {name: [] for name in wanted}
    for name, *account in connection.execute(query, _forms(wanted)).fetchall():
        found[name].append(Account(*account))
    return found


def find(connection: duckdb.DuckDBPyConnection, wanted: str, account: str | None = None) -> list[Account]:
    """All accounts of the one person that is called so, under any name that an account of theirs ever had; `account`: that one alone.

    Raises:
        NobodyFound: nobody is, or the account is not the person's.
        SeveralFound: more than one is.
    """
    query = f"""
        {NAMED},
        persons as (
            select coalesce(bridge.person_id, named.author_id) as person_id
            from named left join marts.bridge_persons_authors as bridge using (author_id)
        )
        select distinct {ACCOUNT}
        where authors.is_current and coalesce(bridge.person_id, authors.author_id) in (select person_id from persons) order by all
    """
    found = [Account(*row) for row in connection.execute(query, _forms([wanted])).fetchall()]
    if not found:
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


def _forms(wanted: Sequence[str]) -> dict[str, list[Any]]:
    """Each name as it is, as an address without what addresses begin with, and without an @ in front."""
    rows = []
    for name in dict.fromkeys(wanted):
        plain = name.strip().lower().removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")
        forms = dict.fromkeys((name.strip().lower(), plain, plain.removeprefix("@")))
        rows += [(name, form, place) for place, form in enumerate(forms)]
    return {"wanted": [row[0] for row in rows], "forms": [row[1] for row in rows], "places": [row[2] for row in rows]}
