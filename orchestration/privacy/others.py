"""What others have, too: names, texts and addresses that are not somebody's alone, and must not be taken from all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import duckdb
import polars as pl

from orchestration.privacy.matching import Matcher, any_of
from orchestration.warehouse.warehouse import literal

LEAST_RARE_TEXT = 60
"""Characters from which on nobody says the same by chance."""


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
    connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Mapping[str, str]], mine: str, texts: Iterable[str]
) -> set[str]:
    """Short texts, in lower case, within posts of those who answer and quote nothing of theirs: they are turns of phrase."""
    short = {text.strip() for text in texts if len(text.strip()) < LEAST_RARE_TEXT}
    posts = '"intermediate"."int_posts"'
    if not short or not {"author_id", "text", "parent_post_id", "quoted_post_id"} <= tables.get(posts, {}).keys():
        return set()
    answers = "coalesce({0} in (select post_id from posts_of_theirs), false)"
    matcher = Matcher(dict.fromkeys(short, ""))
    said = connection.execute(
        f"""
        select concat_ws(' ', title, text) as said from {posts}
        where author_id not in {mine} and not {answers.format("parent_post_id")} and not {answers.format("quoted_post_id")}
        """
    ).to_arrow_reader(50_000)
    found: set[bytes] = set()
    for batch in said:
        posts_said = pl.DataFrame(pl.from_arrow(batch))["said"]
        for words in matcher.words(posts_said.filter(any_of(matcher.endings(posts_said), posts_said, ignores_case=True))):
            found.update(words)
    return {text.lower() for text in short if text.encode().lower() in found}


def values_of(connection: duckdb.DuckDBPyConnection, query: str) -> set[str]:
    """What a query of one column gives, but for nothing."""
    return {value for (value,) in connection.execute(query).fetchall() if value}


def plain_address(address: str) -> str:
    """An address without its scheme, `www.` and last slash."""
    return re.sub(r"^https?://(www\.)?", "", address).rstrip("/")
