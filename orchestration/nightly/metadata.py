"""What Dagster shows of a night: who is ahead and how the sources went, as tables and plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
import duckdb

from orchestration.nightly.plots import bar_plot, interval_plot
from orchestration.publishing.rankings import ranking
from orchestration.publishing.report.texts import shown
from orchestration.publishing.scopes import ALL
from orchestration.publishing.superset.bundle import dataset_sql

PEOPLE = 10
RANKING = ("rank", "rank_low", "rank_high", "evidence_class", "impact", "impact_low", "impact_high", "person", "platform", "score", "reach")
SOURCES = ("source_name", "status", "record_count", "new_count", "rejected_count", "request_count", "error")


def night_metadata(connection: duckdb.DuckDBPyConnection) -> dict[str, dg.MetadataValue[Any]]:
    """Tables and plots of the published file. What comes from outside is a cell of a table or drawn, never markup."""
    people = ranking(connection, ALL, PEOPLE).to_dicts()
    for place, person in enumerate(people, 1):
        person["label"] = f"{place}. {shown(person['person'], 24)}"
    health = dataset_sql("source_health")
    sources = connection.execute(f"select * from ({health}) as health order by status, source_name").pl().to_dicts()
    found: dict[str, dg.MetadataValue[Any]] = {"ranking": _table(people, RANKING), "sources": _table(sources, SOURCES)}
    if people:
        found["ranking_plot"] = _plot(
            interval_plot(people, name="label", value="impact", low="impact_low", high="impact_high", title="adoptions in 28 days")
        )
    if counted := [source for source in sources if source["new_count"]]:
        found["sources_plot"] = _plot(bar_plot(counted, name="source_name", value="new_count", by="status", title="new items"))
    return found


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> dg.MetadataValue[Any]:
    records = [dg.TableRecord({column: _cell(row[column]) for column in columns}) for row in rows]
    return dg.MetadataValue.table(records, dg.TableSchema([dg.TableColumn(column) for column in columns]))


def _cell(value: Any) -> str | int | float | None:
    return shown(value) if isinstance(value, str) else round(value, 2) if isinstance(value, float) else value


def _plot(address: str) -> dg.MetadataValue[Any]:
    return dg.MetadataValue.md(f"![]({address})")
