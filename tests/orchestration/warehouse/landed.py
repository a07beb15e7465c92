"""A landed run of posts of the platform files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from connectors.source import Page, Record
from orchestration.warehouse.landing import Landing, SourceRun


def land(folder: Path, moment: datetime, posts: Mapping[str, int]) -> tuple[Path, SourceRun]:
    """One run at this moment; posts: what their payload says of likes, by id."""
    run = SourceRun(
        source_run_id=f"{moment:%Y%m%d}-board-1",
        source_name="board",
        platform="files",
        channel="message_boards",
        night=moment.date(),
        observed_date=moment.date(),
        window_start=moment - timedelta(days=1),
        window_end=moment,
        observed_at=moment,
    )
    landing = Landing(folder, run)
    records = [Record("posts", name, {"id": name, "likes": likes}) for name, likes in posts.items()]
    landing.add(Page(records=records, url="exports/posts.csv"))
    landing.complete()
    return landing.folder, run
