"""The figures that dbt_project/models/metrics defines, as SQL for whoever adds them up over other rows than a table has."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from orchestration.settings import DBT_PROJECT

FILE = DBT_PROJECT / "models" / "metrics" / "_metrics.yml"


def metric_sql(name: str) -> str:
    """The aggregate of a metric over any group of rows of its table; of a ratio NULL where nothing is below it.

    Raises:
        KeyError: there is no such metric.
    """
    metric = _defined()["metrics"][name]
    given = metric["type_params"]
    if metric["type"] == "simple":
        measure = _defined()["measures"][given["measure"]]
        return f"{measure['agg']}({measure.get('expr', measure['name'])})"
    return f"1.0 * {metric_sql(given['numerator'])} / nullif({metric_sql(given['denominator'])}, 0)"


def metrics() -> Mapping[str, tuple[str, str]]:
    """All metrics by name: label and what each means."""
    return {name: (metric["label"], metric["description"]) for name, metric in _defined()["metrics"].items()}


def table(name: str) -> str:
    """The table whose rows a metric is added up over.

    Raises:
        KeyError: there is no such metric.
    """
    metric = _defined()["metrics"][name]
    if metric["type"] == "ratio":
        return table(metric["type_params"]["numerator"])
    return str(_defined()["measures"][metric["type_params"]["measure"]]["table"])


@cache
def _defined() -> Mapping[str, Mapping[str, Any]]:
    written = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    measures = {
        measure["name"]: {**measure, "table": model["model"].removeprefix("ref('").removesuffix("')")}
        for model in written["semantic_models"]
        for measure in model["measures"]
    }
    return {"metrics": {metric["name"]: metric for metric in written["metrics"]}, "measures": measures}
