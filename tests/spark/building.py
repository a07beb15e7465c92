"""A night's models, built on Spark in this process."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner

from orchestration.settings import DBT_PROJECT

SMALL = {
    "spark_sql_shuffle_partitions": "1",
    "spark_sql_adaptive_enabled": "false",
    "spark_sql_codegen_wholeStage": "false",
    "spark_sql_codegen_factoryMode": "NO_CODEGEN",
    "spark_driver_memory": "3g",
    "spark_log_level": "OFF",
    "spark_driver_extraJavaOptions": "-XX:TieredStopAtLevel=1 -Dderby.stream.error.file=/dev/null",
}
"""To plan and to compile takes most of the time where a table has few rows: a third of it this way."""


def places(target: Path) -> list[str]:
    """What tells dbt where everything is."""
    return ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT), "--target-path", str(target), "--log-path", str(target)]


def built(target: Path, left_out: list[str], after: int, then: Callable[[], object]) -> tuple[dict[str, str], str]:
    """Why a model was not built, empty where it was; and how many data tests came out how. `then` is called `after` so many of them."""
    os.environ["GROUNDSWELL_ENGINE"] = "spark"
    finished = 0

    def count(event: Any) -> None:
        nonlocal finished
        if event.info.name == "NodeFinished":
            finished += 1
            if finished == after:
                then()

    leaving = ["--exclude", *left_out] if left_out else []
    done = dbtRunner(callbacks=[count]).invoke(["build", "--exclude-resource-type", "unit_test", *leaving, *places(target)])
    os.environ["GROUNDSWELL_ENGINE"] = "duckdb"
    if done.exception:
        raise done.exception
    told = dict.fromkeys(left_out, "not built: DuckDB's is handed over")
    tests: Counter[str] = Counter()
    results: Any = done.result
    for one in results:
        why = " ".join((one.message or "").split()).removeprefix("Runtime Error ")
        if one.node.resource_type in {"model", "seed"}:
            told[one.node.name] = "" if one.status == "success" else f"not built: {one.status} {why[:200]}"
        elif one.node.resource_type == "test":
            tests[str(one.status)] += 1
            if one.status != "pass":
                print(f"{one.node.name}: {one.status} {why[:200]}")
    return told, ", ".join(f"{count} data tests {status}" for status, count in tests.most_common())
