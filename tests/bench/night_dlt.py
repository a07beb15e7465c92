"""dlt loading a file of posts into DuckDB, in an environment of its own: `python night_dlt.py POSTS.ndjson FOLDER`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt


def rows(path: str) -> Iterator[list[dict[str, Any]]]:
    """The posts, ten thousand at a time."""
    batch: list[dict[str, Any]] = []
    with Path(path).open(encoding="utf-8") as lines:
        for line in lines:
            batch.append(json.loads(line))
            if len(batch) == 10_000:
                yield batch
                batch = []
    yield batch


if __name__ == "__main__":
    folder = Path(sys.argv[2])
    destination = dlt.destinations.duckdb(str(folder / "dlt.duckdb"))
    pipeline = dlt.pipeline("posts", pipelines_dir=str(folder), destination=destination, dataset_name="raw")
    pipeline.run(dlt.resource(rows(sys.argv[1]), name="posts", primary_key="id", write_disposition="merge"))
