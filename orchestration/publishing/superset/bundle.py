"""The dashboard for Apache Superset, as the folder that its own `superset import-directory` reads: made from the files beside this one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import duckdb
import yaml

from orchestration.publishing.metrics import metrics
from orchestration.warehouse.catalog import Catalog

FILES = Path(__file__).parent
DATABASE = "Groundswell"
SAFE_URI = "duckdb:///{path}?access_mode=read_only&enable_external_access=false&lock_configuration=true"
ROW_LIMIT = 1000
VERSION = "1.0.0"
FORMATS = {
    "impact": ".2f", "impact_gained": "+.2f", "audience": ",.0f", "reach": ",.0f", "net_sentiment": "+.2f", "cost": ",.2f",
    "influenced_conversions": ",.1f", "spend": ",.2f", "incremental_adoptions": ",.1f", "cost_per_incremental_adoption": ",.2f",
    "cost_per_traced_conversion": ",.2f", "traced_return_on_spend": ",.2f", "unread_share": ".0%",
}  # fmt: skip

TURNING = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""Signs that turn the direction of the text around them, for a reader to take one name for another."""


def dataset_sql(name: str) -> str:
    """A query of the dashboard, which the report and the explorer ask, too."""
    return (FILES / "datasets" / f"{name}.sql").read_text(encoding="utf-8")


def write_bundle(target: Path, connection: duckdb.DuckDBPyConnection, uri: str, catalog: Catalog) -> list[str]:
    """Writes the folder; returns the names of its charts.

    connection: the published file, which tells the columns of the datasets. uri: where Superset finds the database; DuckDB or PostgreSQL,
    every query is written for both.
    """
    dashboard = yaml.safe_load((FILES / "charts.yaml").read_text(encoding="utf-8"))
    charts = [chart for row in dashboard["rows"] for chart in row["charts"]]
    files: dict[str, Mapping[str, Any]] = {
        "metadata.yaml": {"version": VERSION, "type": "Dashboard", "timestamp": "2026-01-01T00:00:00+00:00"},
        "databases/groundswell.yaml": _database(uri),
        "dashboards/groundswell.yaml": _dashboard(dashboard),
    }
    for file in sorted((FILES / "datasets").glob("*.sql")):
        time = next((chart["time"] for chart in charts if chart["dataset"] == file.stem and "time" in chart), None)
        files[f"datasets/groundswell/{file.stem}.yaml"] = _dataset(file, connection, catalog, time)
    for chart in charts:
        files[f"charts/{_slug(chart['name'])}.yaml"] = _chart(chart)
    for name, content in files.items():
        file = target / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return [chart["name"] for chart in charts]


def _uuid(kind: str, name: str) -> UUID:
    """The same in every bundle, so that importing again replaces what was imported."""
    return uuid5(NAMESPACE_URL, f"https://groundswell.example/superset/{kind}/{name}")


def _slug(name: str) -> str:
    return re.sub(r"\W+", "_", name.lower())


def _database(uri: str) -> Mapping[str, Any]:
    return {
        "database_name": DATABASE,
        "sqlalchemy_uri": uri,
        "expose_in_sqllab": True,
        "allow_dml": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_csv_upload": False,
        "extra": {"allows_virtual_table_explore": True},
        "uuid": str(_uuid("database", DATABASE)),
        "version": VERSION,
    }


def _dataset(file: Path, connection: duckdb.DuckDBPyConnection, catalog: Catalog, time: str | None) -> Mapping[str, Any]:
    description, sql = file.read_text(encoding="utf-8").split("\n", 1)
    entries = [catalog[name] for name in re.findall(r"(?:marts|ops)\.(\w+)", sql) if name in catalog]
    described = connection.execute(f"describe {sql}").fetchall()
    columns = [
        {
            "column_name": name,
            "type": kind,
            "verbose_name": name.replace("_", " "),
            "is_dttm": kind == "DATE" or kind.startswith("TIMESTAMP"),
            "is_active": True,
            "groupby": True,
            "filterable": True,
            "description": next((entry.columns[name] for entry in entries if name in entry.columns), None),
        }
        for name, kind, *_ in described
    ]
    return {
        "table_name": file.stem, "description": description.removeprefix("-- "), "schema": "marts",
        "main_dttm_col": time, "sql": _plain(sql, described), "columns": columns, "metrics": [],
        "uuid": str(_uuid("dataset", file.stem)), "database_uuid": str(_uuid("database", DATABASE)), "version": VERSION,
    }  # fmt: skip


def _plain(sql: str, described: Sequence[Sequence[Any]]) -> str:
    """The query with its texts freed of what would turn their neighbours around; the tables keep them as they came."""
    columns = [
        f"translate(dataset.{name}, turning.signs, '') as {name}" if kind == "VARCHAR" else f"dataset.{name}"
        for name, kind, *_ in described
    ]  # fmt: skip
    signs = " || ".join(f"chr({sign})" for sign in TURNING)
    selected = ",\n    ".join(columns)
    return f"select\n    {selected}\nfrom (\n{sql.strip()}\n) as dataset\ncross join (select {signs} as signs) as turning"


def chart_metrics(chart: Mapping[str, Any]) -> Mapping[str, str]:
    """What a chart adds up: label to SQL."""
    asked = [metrics()[name] for name in chart.get("metrics", [])]
    return {**{metric.label: metric.sql for metric in asked}, **chart.get("counts", {})}


def _chart(chart: Mapping[str, Any]) -> Mapping[str, Any]:
    added_up = [
        {"expressionType": "SQL", "sqlExpression": sql, "label": label, "optionName": f"metric_{_slug(label)}", "hasCustomLabel": True}
        for label, sql in chart_metrics(chart).items()
    ]
    filters = [
        {"expressionType": "SQL", "sqlExpression": where, "clause": "WHERE", "filterOptionName": f"filter_{_slug(where)}"}
        for where in [chart.get("where")]
        if where
    ]
    if "time" in chart:  # what the dashboard's time range narrows
        within = {"expressionType": "SIMPLE", "subject": chart["time"], "operator": "TEMPORAL_RANGE", "comparator": "No filter"}
        filters.append(within | {"clause": "WHERE", "filterOptionName": "filter_time"})
    params = {"viz_type": chart["viz_type"], "adhoc_filters": filters, "row_limit": ROW_LIMIT}
    if chart["viz_type"] == "table":
        formats = {column: {"d3NumberFormat": FORMATS[column]} for column in chart["columns"] if column in FORMATS}
        order = [json.dumps([column, ascending]) for column, ascending in chart["order"].items()]
        # names and sentences come from outside: text, never HTML
        params |= {"query_mode": "raw", "all_columns": chart["columns"], "order_by_cols": order, "column_config": formats,
                   "allow_render_html": False, "table_timestamp_format": "%Y-%m-%d", "include_search": True,
                   "show_cell_bars": False}  # fmt: skip
    else:
        params |= {"metrics": added_up, "metric": added_up[0], "y_axis_format": chart.get("format", "SMART_NUMBER")}
    if "x" in chart:
        params |= {"x_axis": chart["x"], "groupby": chart.get("by", []), "stack": "Stack" if chart.get("stack") else None,
                   "show_legend": True, "rich_tooltip": True, "markerEnabled": True, "truncateYAxis": False,
                   "time_grain_sqla": chart.get("grain"), "x_axis_time_format": "%-d %b"}  # fmt: skip
        if "grain" not in chart:
            params |= {"xAxisLabelRotation": 45, "xAxisLabelInterval": "0"}
    return {
        "slice_name": chart["name"], "description": chart["description"], "viz_type": chart["viz_type"], "params": params,
        "uuid": str(_uuid("chart", chart["name"])), "dataset_uuid": str(_uuid("dataset", chart["dataset"])), "version": VERSION,
    }  # fmt: skip


def _dashboard(dashboard: Mapping[str, Any]) -> Mapping[str, Any]:
    position: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"id": "ROOT_ID", "type": "ROOT", "children": ["GRID_ID"]},
        "GRID_ID": {"id": "GRID_ID", "type": "GRID", "children": [], "parents": ["ROOT_ID"]},
        "HEADER_ID": {"id": "HEADER_ID", "type": "HEADER", "meta": {"text": dashboard["title"]}},
    }
    for number, row in enumerate(dashboard["rows"]):
        row_id = f"ROW-{number}"
        ids = [f"CHART-{_slug(chart['name'])}" for chart in row["charts"]]
        parents = ["ROOT_ID", "GRID_ID"]
        position["GRID_ID"]["children"].append(row_id)
        position[row_id] = {
            "id": row_id,
            "type": "ROW",
            "children": ids,
            "parents": parents,
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        for chart_id, chart in zip(ids, row["charts"], strict=True):
            size = {"width": chart["width"], "height": row["height"]}
            meta = {"uuid": str(_uuid("chart", chart["name"])), "sliceName": chart["name"], "chartId": len(position), **size}
            position[chart_id] = {"id": chart_id, "type": "CHART", "children": [], "parents": [*parents, row_id], "meta": meta}
    filters = [
        {
            "id": f"NATIVE_FILTER-{_slug(shown['name'])}", "name": shown["name"], "type": "NATIVE_FILTER",
            "filterType": shown.get("type", "filter_select"), "targets": _targets(shown),
            "scope": {"rootPath": ["ROOT_ID"], "excluded": []}, "cascadeParentIds": [], "description": "",
            "controlValues": {"multiSelect": True, "enableEmptyFilter": False, "searchAllOptions": False, "inverseSelection": False},
            "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
        }
        for shown in dashboard["filters"]
    ]  # fmt: skip
    return {
        "dashboard_title": dashboard["title"], "slug": "groundswell", "published": True, "position": position,
        "metadata": {"native_filter_configuration": filters, "color_scheme": "supersetColors", "cross_filters_enabled": True},
        "uuid": str(_uuid("dashboard", dashboard["title"])), "version": VERSION,
    }  # fmt: skip


def _targets(shown: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The column whose values a filter offers; a range of time offers none."""
    if "column" not in shown:
        return [{}]
    return [{"column": {"name": shown["column"]}, "datasetUuid": str(_uuid("dataset", shown["dataset"]))}]
