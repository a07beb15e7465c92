"""The dbt project, built once on empty raw tables and once more on a few invented posts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.dbt_project.posts import ADA, BO, everything
from tests.dbt_project.warehouse import PROJECT, create_raw_tables, load, load_ops

Query = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="session")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Runs dbt on the session's warehouse and returns its output; a failing command fails the test."""
    folder = tmp_path_factory.mktemp("dbt")
    create_raw_tables(folder / "warehouse.duckdb")

    def run(*arguments: str) -> str:
        places = ["--profiles-dir", ".", "--target-path", str(folder / "target"), "--log-path", str(folder / "log")]
        environment = os.environ | {"GROUNDSWELL_WAREHOUSE": str(folder / "warehouse.duckdb")}
        command = [Path(sys.executable).with_name("dbt"), "--no-use-colors", *arguments, *places]
        done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run.warehouse = folder / "warehouse.duckdb"  # type: ignore[attr-defined]
    return run


@pytest.fixture(scope="session")
def query(dbt: Callable[..., str]) -> Iterator[Query]:
    """Asks the warehouse that was built on nothing first, then on the invented posts."""
    path: Path = dbt.warehouse  # type: ignore[attr-defined]
    dbt("build", "--exclude-resource-type", "unit_test")
    load(path, everything())
    gone = datetime(2026, 9, 4, tzinfo=UTC)
    load_ops(
        path, "raw_ops.tombstones", platform="mastodon", entity="statuses", native_id=f"{BO}/statuses/15", kind="deleted", seen_at=gone,
        source_name="listening", source_run_id="run",
    )  # fmt: skip
    load_ops(
        path, "raw_ops.quarantine", platform="mastodon", entity="statuses", reason="no uri", payload="{}", observed_at=gone, source_name="listening",
        source_run_id="run",
    )  # fmt: skip
    load_ops(path, "raw_ops.source_runs", source_run_id="run", source_name="listening", platform="mastodon", status="succeeded", notes=["clamped"])
    for start, post in ((3, f"mastodon:{ADA}/statuses/10"), (40, f"mastodon:{ADA}/statuses/10"), (0, f"mastodon:{BO}/statuses/11")):
        load_ops(
            path, "raw_signals.mentions", post_id=post, brand_id="morrowbean", term="morrowbean", term_kind="word", span_start=start,
            span_end=start + 10, matched_text="Morrowbean", extractor_version="terms-1", text_hash="",
        )  # fmt: skip
    dbt("build", "--exclude-resource-type", "unit_test")
    with duckdb.connect(path, read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        yield lambda sql: connection.execute(sql).fetchall()
