"""What others have, too: names, texts and addresses that are not somebody's alone, and must not be taken from all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import duckdb
import polars as pl

from orchestration.privacy.matching import Matcher, any_of
from orchestration.warehouse.warehouse import literal

SAID_AT = "coalesce(published_at, first_observed_at)"
LEAST_RARE_TEXT = 60
"""Characters from which on two people hardly say the same by chance."""


def shared_with(connection: duckdb.DuckDBPyConnection, values: Iterable[str], others: Sequence[str]) -> set[str]:
    """Those that others have, too, in lower case."""
    if not others:
        return set()
    connection.execute("create or replace temp table asked (value varchar)")
    wanted = sorted({value.lower() for value in values})
    for first in range(0, len(wanted), 1000):
        connection.execute(f"insert into asked values {', '.join(f'({literal(value)})' for value in wanted[first : first + 1000])}")
    return values_of(connection, f"select value from asked where value in ({' union all '.join(others)})")


def in_ids_of_others(
    connection: duckdb.DuckDBPyConnection,
    tables: Mapping[str, Mapping[str, str]],
    mine: str,
    addresses: Iterable[str],
    but: Iterable[str] = (),
) -> set[str]:
    """Addresses and handles, in lower case, that stand in ids of others: of servers, which people give as their website; of namesakes.

    but: platforms whose ids are not looked at.
    """
    if '"marts"."dim_authors"' not in tables:
        return set()
    plain = {value.lower(): plain_address(value.lower().removeprefix("@")) for value in addresses}
    rows = ", ".join(f"({literal(value)}, {literal(text)})" for value, text in plain.items() if text)
    if not rows:
        return set()
    others = f"select lower(author_id) as author_id from marts.dim_authors where author_id not in {mine}"
    others += "".join(f" and not starts_with(author_id, {literal(f'{platform}:')})" for platform in sorted(but))
    return values_of(
        connection,
        f"""
        select value from (values {rows}) as asked (value, plain)
        where exists (
            from ({others}) where if(
                contains(plain, '.') or contains(plain, '/'),
                contains(author_id, plain), contains(author_id, '/' || plain) or contains(author_id, ':' || plain)
            )
        )
        """,
    )


def said_by_chance(
    connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Mapping[str, str]], mine: str, texts: Iterable[str], naming: Iterable[str]
) -> set[str]:
    """Texts, in lower case, within posts of those who answer, quote and name nothing of theirs: they are turns of phrase.

    A short one is where anybody else says it, one of LEAST_RARE_TEXT characters where somebody said it before them, or two others do.
    naming: handles, addresses and names of theirs; who writes one beside a text quotes it.
    """
    left = {text.encode().lower(): text for text in map(str.strip, texts) if text}
    posts = '"intermediate"."int_posts"'
    if (
        not left
        or not {"author_id", "title", "text", "published_at", "first_observed_at", "parent_post_id", "quoted_post_id"}
        <= tables.get(posts, {}).keys()
    ):
        return set()
    answers = "coalesce({0} in (select post_id from posts_of_theirs), false)"
    said = connection.execute(
        f"""
        select author_id, {SAID_AT}, concat_ws(' ', title, text) as said from {posts}
        where author_id not in {mine} and not {answers.format("parent_post_id")} and not {answers.format("quoted_post_id")}
        """
    ).to_arrow_reader(50_000)
    named, found = [text.lower() for text in naming], set[str]()
    rare: dict[str, tuple[set[str], datetime]] = {}
    matcher = Matcher(dict.fromkeys(left.values(), ""))
    for batch in said:
        frame = pl.DataFrame(pl.from_arrow(batch))
        frame = frame.filter(any_of(matcher.endings(frame["said"]), frame["said"], ignores_case=True))
        frame = frame.filter(~any_of(named, frame["said"].str.to_lowercase()))
        for (author, at, text), words in zip(frame.iter_rows(), matcher.words(frame["said"]), strict=True):
            for form in left.keys() & words:
                if len(left[form]) < LEAST_RARE_TEXT:
                    found.add(left[form])
                elif form in text.encode().lower():
                    authors, first = rare.get(left[form], (set(), at))
                    rare[left[form]] = authors | {author}, min(first, at)
        found |= {text for text, (authors, _) in rare.items() if len(authors) > 1}
        if not found.isdisjoint(left.values()):  # what is known needs no more looking
            left = {form: text for form, text in left.items() if text not in found}
            matcher = Matcher(dict.fromkeys(left.values(), ""))
    found |= {text for text, (_, first) in rare.items() if text not in found and not _was_said(connection, posts, mine, text, first)}
    return {text.lower() for text in found}


def _was_said(connection: duckdb.DuckDBPyConnection, posts: str, mine: str, text: str, by: datetime) -> bool:
    """Whether they had said a text by then."""
    query = f"""
        select 1 from {posts}
        where author_id in {mine} and {SAID_AT} <= ? and contains(lower(concat_ws(' ', title, text)), ?) limit 1
    """
    return bool(connection.execute(query, [by, text.lower()]).fetchall())


def values_of(connection: duckdb.DuckDBPyConnection, query: str) -> set[str]:
    """What a query of one column gives, but for nothing."""
    return {value for (value,) in connection.execute(query).fetchall() if value}


def plain_address(address: str) -> str:
    """An address without its scheme, `www.` and last slash."""
    return re.sub(r"^https?://(www\.)?", "", address).rstrip("/")
