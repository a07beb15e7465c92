"""What the report shows of the questions that the dashboard asks, too: advice, reach, campaigns, sources."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import Any

import duckdb

from orchestration.publishing.report.periods import Period, Window
from orchestration.publishing.report.sentences import Asked
from orchestration.publishing.superset.bundle import FILES

Row = dict[str, Any]
THREADS = 10
CAMPAIGNS = 10
REACH = """
select
    brand, channel, method, is_now, count(*) as post_count,
    sum(reach_mid) as people, sum(reach_low) as people_low, sum(reach_high) as people_high
from (
    select reached.*, cast(timezone('{zone}', published_at) as date) as day, day >= date '{now}' as is_now
    from ({dataset}) as reached where day between date '{before}' and date '{last}'
) as reached
group by grouping sets ((brand, method, is_now), (brand, method, is_now, channel)) order by brand, channel nulls first, method desc
"""


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
        from ({_sql("advice_threads")}) as threads group by brand
        """,
    )
    waiting = _rows(
        connection,
        f"""
        select threads.*, brands.is_ours
        from ({_sql("advice_threads")}) as threads left join dim_brands as brands on threads.brand = brands.brand_name
        where not is_answered and (
            threads.brand is not null or threads.category in (select category from dim_brands where is_ours)
        )
        qualify row_number() over (partition by threads.brand order by asked_at desc, asking_post_id) <= {THREADS}
        order by asked_at desc, asking_post_id
        """,
    )
    return {row.pop("brand"): Asked(**row) for row in counted}, waiting


def reach(connection: duckdb.DuckDBPyConnection, period: Period, zone: str) -> dict[str, list[Row]]:
    """People reached by posts of the period and of that before, by the brand's name: a row per channel (or over all) and method."""
    query = REACH.format(
        dataset=_sql("brand_reach"), zone=zone, now=period.now.first, before=period.before.first, last=period.now.last
    )  # fmt: skip
    found: dict[str, dict[tuple[str | None, str], Row]] = {}
    for row in _rows(connection, query):
        pair = found.setdefault(row["brand"], {}).setdefault((row["channel"], row["method"]), {"now": None, "before": None})
        pair["now" if row["is_now"] else "before"] = row
    return {
        brand: [{"channel": channel, "method": method} | pair for (channel, method), pair in rows.items()] for brand, rows in found.items()
    }


def campaigns(connection: duckdb.DuckDBPyConnection) -> dict[str, list[list[Row]]]:
    """Results by the brand's name, the newest campaign first, each with a row per currency."""
    rows = _rows(
        connection,
        f"""
        select * from ({_sql("campaign_results")}) as results
        order by brand, starts_on desc nulls last, campaign_id, spend desc, currency
        """,
    )
    return {
        brand: [list(results) for _, results in groupby(of_brand, key=itemgetter("campaign_id"))]
        for brand, of_brand in groupby(rows, key=itemgetter("brand"))
    }


def sources(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """The newest run of each source, those first that failed."""
    return _rows(connection, f"select * from ({_sql('source_health')}) as health order by status = 'succeeded', status, source_name")


def backtests(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """How well the newest ranking that has come true foretold."""
    return _rows(connection, "select * from score_backtests where ranker = 'score' order by as_of_date desc, outcome limit 2")


def _within(day: str, window: Window) -> str:
    return f"{day} between date '{window.first}' and date '{window.last}'"


def _sql(dataset: str) -> str:
    return (FILES / "datasets" / f"{dataset}.sql").read_text(encoding="utf-8")


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    return connection.execute(query).pl().to_dicts()
