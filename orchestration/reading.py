"""What the command line reads: from the published file, and from the warehouse the state of its sources."""

from __future__ import annotations

from typing import Any

import duckdb
import polars as pl

from orchestration.warehouse import Warehouse


class UnknownBrand(Exception):
    """No brand of this name or id is in the seeds."""


def brand_id(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    """The id of a brand named by id or name, whatever its case.

    Raises:
        UnknownBrand: with the brands there are.
    """
    brands: dict[str, str] = dict(connection.execute("select brand_id, brand_name from dim_brands order by 1").fetchall())
    for known_id, known_name in brands.items():
        if name.casefold() in {known_id.casefold(), known_name.casefold()}:
            return known_id
    raise UnknownBrand(f"no brand {name!r} in dbt_project/seeds/brands.csv: there are {', '.join(brands) or 'none'}")


def ranking(connection: duckdb.DuckDBPyConnection, brand: str | None, limit: int) -> pl.DataFrame:
    """The first `limit` people of the newest night, for a brand or over all: rank, person, platform, counts, score."""
    scope = ("brand", brand_id(connection, brand)) if brand else ("all", "all")
    return connection.execute(
        """
        select r.rank, coalesce(a.display_name, a.handle, r.person_id) as person, a.handle, a.platform_id as platform,
            r.engager_count as engagers, r.interaction_count as interactions, r.post_count as posts, r.score, r.person_id, r.as_of_date
        from influencer_rankings as r
        left join dim_authors as a on a.author_id = r.person_id and a.is_current
        where r.scope_kind = ? and r.scope_id = ? and r.as_of_date = (select max(as_of_date) from influencer_rankings)
        order by r.rank, r.person_id limit ?
        """,
        [*scope, limit],
    ).pl()


def source_states(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    """Per source: its cursor, the records of all its nights, its newest night and that night's error."""
    if not warehouse.path.exists():
        return {}
    with warehouse.connect() as connection:
        rows = connection.execute(
            """
            select source_name, any_value(cursors.cursor) as cursor, sum(new_count)::bigint as row_count,
                max(night)::varchar as last_night, arg_max(status, load_id) as last_status,
                arg_max({'error': error}, load_id).error as last_error
            from raw_ops.source_runs left join raw_ops.cursors using (source_name)
            group by source_name
            """
        )
        names = [column[0] for column in rows.description or []]
        return {row[0]: dict(zip(names[1:], row[1:], strict=True)) for row in rows.fetchall()}
