"""One nightly refresh in this process, watched by a person."""

from __future__ import annotations

import gc
import logging
import re
import warnings
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from orchestration.nightly.configuration import read_configuration
from orchestration.nightly.progress import shown_progress
from orchestration.nightly.stopping import stopped_by_signals
from orchestration.settings import Night, NotDone, Settings
from orchestration.warehouse.faults import Fault, explained
from orchestration.warehouse.lock import only_refresh
from orchestration.warehouse.permissions import read_by_others, tighten
from orchestration.warehouse.unranked import why_unranked
from orchestration.warehouse.warehouse import NotPublished, Warehouse, WarehouseBusy

if TYPE_CHECKING:
    from dagster import DagsterEvent, ExecuteInProcessResult, JobDefinition

log = logging.getLogger("groundswell")

REASON_LINES = 10
FAULTS = {Fault.__name__, WarehouseBusy.__name__, NotPublished.__name__}
"""Errors of a step that say already what they mean."""
TOLD_BY_ITSELF = "groundswell/told_by_itself"
"""The tag of runs whose command tells people how they ended; Dagster's sensors leave these out."""
PUBLISHED = ["published", "groundswell"]
"""The asset that readers open: with it the night is published, whatever of its copies fails."""


class RefreshFailed(NotDone):
    """The night was not published; the message names the step that failed and why."""


@dataclass(frozen=True, slots=True)
class SourceOutcome:
    """One source's part of the night."""

    source_name: str
    status: str
    record_count: int
    new_count: int
    tombstone_count: int
    rejected_count: int
    request_count: int
    error: str | None
    notes: list[str]


class CopyFailed(NotDone):
    """The file is published, but a copy of it (the database, the report) or the night's rankings are not; the message says why."""

    def __init__(self, reason: str, outcomes: list[SourceOutcome]) -> None:
        super().__init__(reason)
        self.outcomes = outcomes


def refresh(
    settings: Settings, night: Night, load_job: Callable[[], JobDefinition], console: Console, *, again: bool = False
) -> list[SourceOutcome]:
    """Runs the nightly job for one night; returns what each source brought. What dbt and Dagster print goes to refresh.log beside the data.

    load_job: gives the job, once sources.yaml is known to be right and nobody else refreshes; importing it takes seconds.
    again: reads the sources again that a refresh of this night has read already.

    Raises:
        SettingsError: sources.yaml is wrong; nothing was fetched.
        RefreshRunning: another refresh writes this warehouse.
        RefreshFailed: the night was not published; readers still have the one before.
        CopyFailed: readers of the file have the night, those of the database, the report or the rankings still the one before.
    """
    read_configuration(settings)
    settings.export()
    tighten(settings)
    if readable := read_by_others(settings.home / ".env"):
        console.print(f"[yellow]warning:[/] {escape(readable)}", highlight=False, soft_wrap=True)
    # Dagster and dbt hold a million objects for good, and the collector looks at all of them again and again: 2.4 of 25 s of an idle night
    gc.set_threshold(100_000, 50, 1_000)
    newest = settings.published.resolve()
    result: ExecuteInProcessResult | None = None
    failed: Exception | None = None
    with shown_progress(console, f"Night of {night.date}"):
        log.info("starting", extra={"step": "start"})
        # Dagster takes seconds to import: only a refresh pays for it
        told = (settings.folder / "refresh.log").open("w")
        with warnings.catch_warnings(), stopped_by_signals(), told, redirect_stdout(told), redirect_stderr(told):
            warnings.simplefilter("ignore")
            import dagster as dg

            with only_refresh(settings):
                job = load_job()
                log.info("started", extra={"step": "start", "finished": "ready"})
                try:
                    result = job.execute_in_process(
                        partition_key=night.date.isoformat(),
                        instance=dg.DagsterInstance.get(),
                        raise_on_error=False,
                        tags={TOLD_BY_ITSELF: "yes"},
                        run_config={
                            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                            "ops": {"extract": {"config": {"again": again}}},
                        },
                    )
                except Exception as error:  # Dagster's own record cannot be written: the disk is full, or it is damaged
                    failed = error
        log.info("ended", extra={"step": "end", "finished": "closed"})
    if result and result.success:
        warehouse = Warehouse(settings.warehouse)
        with warehouse.kept_open():
            unranked, brought = why_unranked(warehouse, night.date), outcomes(warehouse, night.date)
        if unranked:
            raise CopyFailed(unranked, brought)
        return brought
    reason, details = _reason(result, settings) if result else (_told(failed, settings), "")
    is_published = settings.published.resolve() != newest
    ended = CopyFailed(reason, outcomes(Warehouse(settings.warehouse), night.date)) if is_published else RefreshFailed(reason)
    ended.add_note(details)
    raise ended from failed


def outcomes(warehouse: Warehouse, night: date) -> list[SourceOutcome]:
    """Each source's newest run of this night."""
    with warehouse.connect() as connection:
        rows = connection.execute(
            """
            select source_name, status, record_count, new_count, tombstone_count, rejected_count, request_count, error, notes
            from raw_ops.source_runs where night = ?
            qualify row_number() over (partition by source_name order by load_id desc) = 1
            order by source_name
            """,
            [night],
        ).fetchall()
    return [SourceOutcome(*row) for row in rows]


def _reason(result: ExecuteInProcessResult, settings: Settings) -> tuple[str, str]:
    events = [event for event in result.all_events if event.is_step_failure] or result.filter_events(lambda event: event.is_failure)
    return failure_reason(events, settings)


def failure_reason(events: Sequence[DagsterEvent], settings: Settings) -> tuple[str, str]:
    """Why each failed step failed, or the run, and where in the program.

    A fault of the machine is one line; else the first cause of each, without colours and blank lines.
    """
    lines: list[str] = []
    details: list[str] = []
    for event in events:
        step = event.step_key or "run"
        error = getattr(event.event_specific_data, "error", None)
        if error is None:
            continue
        details.append(error.to_string())
        while error.cause is not None and str(error.cls_name).startswith("Dagster"):
            error = error.cause
        said = re.sub(rf"^(\w+\.)*{re.escape(str(error.cls_name))}: ", "", re.sub(r"\x1b\[[0-9;]*m", "", error.message).strip())
        told = said if error.cls_name in FAULTS else explained(error.message, settings.folder)
        if told:
            return f"{step}: {told}", error.to_string()  # what fails beside it fails for the same reason
        lines += [f"{step}: {line.strip()}" for line in said.splitlines() if line.strip()]
    told = "\n".join([*dict.fromkeys(lines)][:REASON_LINES]) or "the run failed without a reason: look into it with `groundswell dev`"
    return told, "\n".join(details)


def _told(error: Exception | None, settings: Settings) -> str:
    return (explained(error, settings.folder) if error else None) or f"{type(error).__name__}: {' '.join(str(error).split())}"
