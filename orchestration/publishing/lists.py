"""Who is on a list, with what is published of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb
import polars as pl

from orchestration.home.lists import Member
from orchestration.home.tables import ListStatus

SCHEMA = {
    "list": pl.String(), "author_id": pl.String(), "written": pl.String(), "label": pl.String(), "status": pl.String(), "note": pl.String(),
    "added_on": pl.Date(), **{f"{status}_on": pl.Date() for status in ListStatus if status != ListStatus.PROSPECT},
    "changed_on": pl.Date(),
}  # fmt: skip


def persons_of(connection: duckdb.DuckDBPyConnection, authors: Iterable[str]) -> dict[str, str]:
    """The person behind each of these accounts, of those that are known."""
    found = connection.execute(
        "select author_id, person_id from bridge_persons_authors where author_id in $authors", {"authors": [*authors]}
    )
    return dict(found.fetchall())


def of_members(members: Sequence[Member]) -> pl.DataFrame:
    """What the home alone says of those on a list, as SCHEMA; `written` is what it calls them."""
    rows = [
        (
            member.newest.list, member.newest.author_id, member.newest.handle, member.newest.label, str(member.newest.status),
            member.newest.note, member.added_on, *(member.since.get(status) for status in ListStatus if status != ListStatus.PROSPECT),
            member.newest.changed_on,
        )
        for member in members
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def with_published(connection: duckdb.DuckDBPyConnection, members: pl.DataFrame) -> pl.DataFrame:
    """The same with names, addresses, rank, audience and the last mention of a brand of ours: the columns of mart_list_members."""
    connection.register("members", members.with_row_index("place").to_arrow())
    found = connection.execute("""
        with said as (
            select person_id, max(said_at) as last_said_at, arg_max(post_id, (said_at, post_id)) as last_post_id
            from mentions_enriched where is_ours and person_id is not null group by person_id
        )
        select members.list, coalesce(persons.person, members.written) as person, coalesce(authors.handle, members.written) as handle,
            authors.platform_id as platform, authors.url, members.label, members.status, members.note, members.added_on,
            members.contacted_on, members.agreed_on, members.paid_on, members.declined_on, members.changed_on, persons.rank,
            persons.audience, said.last_said_at, said.last_post_id, persons.last_active_at, members.author_id, bridge.person_id
        from members
        left join dim_authors as authors on members.author_id = authors.author_id and authors.is_current
        left join bridge_persons_authors as bridge on members.author_id = bridge.author_id
        left join persons_overview as persons on bridge.person_id = persons.person_id
        left join said on bridge.person_id = said.person_id
        order by members.place
    """).pl()
    connection.unregister("members")
    return found
