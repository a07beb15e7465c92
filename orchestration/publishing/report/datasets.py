"""What the report shows of the questions that the dashboard asks, too: advice, campaigns, sources."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import Any

import duckdb

from orchestration.publishing.report.periods import Period, Window
from orchestration.publishing.report.sentences import Asked
from orchestration.publishing.superset.bundle import dataset_sql

Row = dict[str, Any]
THREADS = 10


def questions(connection: duckdb.DuckDBPyConnection, period: Period, zone: str) -> tuple[dict[str | None, Asked], list[Row]]:
    """How many questions were asked, by the brand's name, and those that wait for an answer, the newest first."""
    day = f"cast(timezone('{zone}', asked_at) as date)"
    counted = _rows(
        connection,
        f"""
        select
            brand, count(*) filter (where {_within(day, period.now)}) as asked,
            count(*) filter (where {_within(day, period.now)} and not is_answered) as open,
            count(*) filter (where {_within(day, period.before)}) as asked_before,
            count(*) filter (where {_within(day, period.before)} and not is_answered) as open_before
        from ({dataset_sql("advice_threads")}) as threads group by brand
        """,
    )
    waiting = _rows(
        connection,
        f"""
        select threads.*, brands.is_ours
        from ({dataset_sql("advice_threads")}) as threads left join dim_brands as brands on threads.brand = brands.brand_name
        where not is_answered and (
            threads.brand is not null or threads.category in (select category from dim_brands where is_ours)
        )
        qualify row_number() over (partition by threads.brand order by asked_at desc, asking_post_id) <= {THREADS}
        order by asked_at desc, asking_post_id
        """,
    )
    return {row.pop("brand"): Asked(**row) for row in counted}, waiting


def campaigns(connection: duckdb.DuckDBPyConnection) -> dict[str, list[list[Row]]]:
    """Results by the brand's name, the newest campaign first, each with a row per currency."""
    rows = _rows(
        connection,
        f"""
        select * from ({dataset_sql("campaign_results")}) as results
        order by brand, starts_on desc nulls last, campaign_id, spend desc, currency
        """,
    )
    return {
        brand: [list(results) for _, results in groupby(of_brand, key=itemgetter("campaign_id"))]
        for brand, of_brand in groupby(rows, key=itemgetter("brand"))
    }


def sources(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """The newest run of each source, those first that failed."""
    return _rows(connection, f"select * from ({dataset_sql('source_health')}) as health order by status = 'succeeded', status, source_name")


def backtests(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """How well the newest ranking that has come true foretold."""
    return _rows(connection, "select * from score_backtests where ranker = 'score' order by as_of_date desc, outcome limit 2")


def _within(day: str, window: Window) -> str:
    return f"{day} between date '{window.first}' and date '{window.last}'"


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    return connection.execute(query).pl().to_dicts()
