"""The figures that dbt_project/models/metrics defines, as SQL for whoever adds them up over other rows than a table has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import yaml

from orchestration.settings import DBT_PROJECT

FILE = DBT_PROJECT / "models" / "metrics" / "_metrics.yml"


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure. `sql`: its aggregate over any group of rows of `table`; of a ratio NULL where nothing is below it."""

    label: str
    meaning: str
    table: str
    sql: str


@cache
def metrics() -> Mapping[str, Metric]:
    """All metrics by name."""
    written = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    measures = {
        measure["name"]: (
            model["model"].removeprefix("ref('").removesuffix("')"),
            f"{measure['agg']}({measure.get('expr', measure['name'])})",
        )
        for model in written["semantic_models"]
        for measure in model["measures"]
    }
    simple = {
        metric["name"]: Metric(metric["label"], metric["description"], *measures[metric["type_params"]["measure"]])
        for metric in written["metrics"]
        if metric["type"] == "simple"
    }
    found: dict[str, Metric] = {}
    for metric in written["metrics"]:
        if metric["type"] == "simple":
            found[metric["name"]] = simple[metric["name"]]
        else:
            above, below = (simple[metric["type_params"][part]] for part in ("numerator", "denominator"))
            sql = f"1.0 * {above.sql} / nullif({below.sql}, 0)"
            found[metric["name"]] = Metric(metric["label"], metric["description"], above.table, sql)
    return found
