"""Whose a pseudonym of the published file is, and what of somebody stands there under one."""

from __future__ import annotations

import duckdb

from orchestration.privacy.identifiers import Identifiers
from orchestration.privacy.identifiers import pseudonym as new_name
from orchestration.privacy.persons import Account
from orchestration.publishing.minimising import define_pseudonym, pseudonym

REVEALED = """
with accounts as (
    select authors.*, coalesce(bridge.person_id, authors.author_id) as person_id, persons.display_name as person_name
    from marts.dim_authors as authors
    left join marts.bridge_persons_authors as bridge using (author_id)
    left join marts.dim_persons as persons on bridge.person_id = persons.person_id
),
meant as (
    select author_id from accounts
    where $word in (
        pseudonym_of(author_id), pseudonym_of(person_id), pseudonym_of(handle), pseudonym_of(display_name), pseudonym_of(person_name),
        pseudonym_of(ltrim(handle, '@')), pseudonym_of(lower(ltrim(handle, '@')))
    )
    union
    select author_id from marts.fct_posts where pseudonym_of(post_id) = $word
)
select distinct author_id, person_id, platform_id, display_name, handle, url from accounts
where is_current and author_id in (select author_id from meant) order by all
"""


def reveal(connection: duckdb.DuckDBPyConnection, key: bytes, word: str) -> list[Account]:
    """The accounts whose id, person, name, handle or post a pseudonym stands for; a name may be that of several."""
    define_pseudonym(connection, key)
    return [Account(*row) for row in connection.execute(REVEALED, {"word": word.strip().removeprefix("@").lower()}).fetchall()]


def with_published(found: Identifiers, key: bytes) -> Identifiers:
    """The same identifiers and their pseudonyms, under which they are found in what is published; `found` where there is no key."""
    if not key:
        return found
    for text, instead in list(found.keys.items()):
        found.keys[pseudonym(key, text)] = pseudonym(key, instead) if found.node else new_name()
    named = found.names | {name.removeprefix("@") for name in found.names} | {name.lower() for name in found.names}
    found.certain |= {pseudonym(key, name) for name in named}
    found.authors, found.persons, found.post_ids = (
        [*ids, *(pseudonym(key, one) for one in ids)] for ids in (found.authors, found.persons, found.post_ids)
    )
    return found
