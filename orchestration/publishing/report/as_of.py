"""The published file as of an earlier night: the same tables, without what came after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import duckdb

from orchestration.warehouse.connections import opened
from orchestration.warehouse.warehouse import NotPublished, literal

FILTERS: Mapping[str, str] = {
    "influencer_rankings": "as_of_date <= $night",
    "ranking_components": "as_of_date <= $night",
    "ranking_evidence": "as_of_date <= $night",
    "ranking_factors": "as_of_date <= $night",
    "score_backtests": "as_of_date <= $night",
    "score_controls": "as_of_date <= $night",
    "ops_source_runs": "observed_date <= $night",
    "fct_reach": "observed_date <= $night",
    "fct_posts": "published_at < $end",
    "fct_mentions": "said_at < $end",
    "mentions_enriched": "said_at < $end",
    "mart_list_members": "added_on <= $night",
    "mart_share_of_voice": "week_start_date + 6 <= $night",
    "mart_voice_daily": "said_on <= $night",
}
"""Rows of an earlier night, by table. Rankings never change once later nights follow them; a week that still ran then is left out."""
VERSIONS = """
select versions.* replace (
    cast($night as date) as last_as_of_date,
    versions.score_version = first_value(versions.score_version) over (
        order by versions.is_current desc, versions.first_as_of_date desc, versions.score_version
    ) as is_current
)
from published.marts.dim_score_versions as versions
where versions.score_version in (select score_version from published.marts.influencer_rankings where as_of_date = $night)
"""

RANKED = """
select * from published.marts.rankings_newest where false
union all by name
select
    rankings.as_of_date as ranked_on, rankings.scope_kind, rankings.scope_id, rankings.rank, rankings.rank_low, rankings.rank_high,
    coalesce(persons.person, rankings.person_id) as person, persons.handle, persons.platform, persons.channels, persons.url,
    rankings.evidence_class, rankings.impact, rankings.impact_low, rankings.impact_high, rankings.credit, rankings.mention_count,
    rankings.person_id
from published.marts.influencer_rankings as rankings
left join published.marts.persons_overview as persons on rankings.person_id = persons.person_id
where rankings.population = 'public' and (rankings.as_of_date, rankings.score_version) in (
    select (versions.last_as_of_date, versions.score_version) from marts.dim_score_versions as versions where versions.is_current
)
"""
"""Of rankings_newest, what the rankings of the night itself tell; the rest is NULL."""
INSTEAD = {"dim_score_versions": VERSIONS, "rankings_newest": RANKED}


@contextmanager
def open_as_of(published: Path, night: date, end: datetime) -> Iterator[duckdb.DuckDBPyConnection]:
    """Opens it with views in place of its tables; `end` is the end of the night. What is not told by night (names, brands) is as it is now.

    Raises:
        NotPublished: no night was published yet.
    """
    if not published.exists():
        raise NotPublished(f"nothing is published at {published}: run `groundswell refresh`")
    values = {"$night": f"date '{night}'", "$end": f"timestamptz '{end.isoformat()}'"}
    with opened(beside=published) as connection:
        connection.execute(f"set timezone = 'UTC'; attach {literal(str(published))} as published (read_only)")
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'published' order by all"
        ).fetchall()
        for schema, table in tables:
            rows = f'select * from published."{schema}"."{table}" where {FILTERS.get(table, "true")}'
            rows = INSTEAD.get(table, rows)
            for name, value in values.items():
                rows = rows.replace(name, value)
            connection.execute(f'create schema if not exists "{schema}"; create view "{schema}"."{table}" as {rows}')
        connection.execute("set search_path = 'marts,ops'; set enable_external_access = false; set lock_configuration = true")
        yield connection
