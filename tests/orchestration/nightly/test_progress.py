"""Every second of a night belongs to a line; a log without a terminal gets each line as its step ends."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from orchestration.nightly import progress
from orchestration.nightly.progress import log, shown_progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What time it is, at the end of the list."""
    now = [100.0]
    monkeypatch.setattr(progress, "monotonic", lambda: now[-1])
    return now


def night(clock: list[float], console: Console) -> None:
    with shown_progress(console, "Night of 2026-09-10"):
        clock.append(104.0)
        log.info("started", extra={"step": "start", "finished": "ready"})
        clock.append(105.0)
        log.info("found", extra={"source_name": "blog"})
        clock.append(107.5)
        log.info("loaded", extra={"source_name": "blog", "row_count": 1_200, "finished": "succeeded"})
        clock.append(110.0)
        log.info("extracted", extra={"step": "extract", "row_count": 1_200, "finished": "all sources at once"})
        clock.append(111.0)
        log.warning("a word of its own")
        log.debug("built", extra={"step": "build_posts", "row_count": 3})
        clock.append(130.0)
        log.info("built", extra={"step": "build_posts", "row_count": 7, "finished": "of 9 tables"})
        clock.append(130.5)
        log.info("ended", extra={"step": "end", "finished": "closed"})


def test_without_a_terminal_each_step_is_a_line_when_it_ends(clock: list[float]) -> None:
    told = StringIO()
    night(clock, Console(file=told, width=100))
    assert told.getvalue().splitlines()[1:] == [
        "start                            0     4.0 s  ready",
        "blog                         1,200     2.5 s  succeeded",
        "extract                      1,200     6.0 s  all sources at once",
        "a word of its own",
        "build_posts                      7    20.0 s  of 9 tables",
        "end                              0     0.5 s  closed",
        "30.5 s, most of them for build_posts 20.0 s, extract 6.0 s, start 4.0 s",
    ]


def test_on_a_terminal_the_lines_have_the_same_times(clock: list[float]) -> None:
    told = StringIO()
    night(clock, Console(file=told, width=100, force_terminal=True, color_system=None))
    shown = told.getvalue()
    assert "0:00:20 of 9 tables" in shown
    assert "0:00:02 succeeded" in shown
    assert "30.5 s, most of them for build_posts 20.0 s" in shown.splitlines()[-1]
