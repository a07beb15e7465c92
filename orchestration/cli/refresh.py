"""`groundswell refresh`: one night, and what each source brought."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from orchestration.cli.options import PARTLY_DONE, AsJson
from orchestration.cli.terminal import err, markup, out, path_text, table, text
from orchestration.nightly.alerts import told_afterwards
from orchestration.nightly.refresh import CopyFailed, SourceOutcome, refresh
from orchestration.settings import Night, Settings, WrongUse, yesterday

if TYPE_CHECKING:
    from dagster import JobDefinition


def refresh_command(
    night: Annotated[str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="The night to refresh; yesterday's by default.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Read the sources again that a refresh of this night has read already.")] = False,
    as_json: AsJson = False,
) -> None:
    """Extracts, builds, ranks and publishes one night."""
    settings = Settings()
    now = settings.clock()
    chosen = Night(_date(night) if night else yesterday(now, settings.zone), now, settings.zone)
    not_copied = ""
    try:
        with told_afterwards(settings, chosen.date, show_failed_alert):
            outcomes = refresh(settings, chosen, nightly_job, err if as_json else out, again=again)
    except CopyFailed as error:
        outcomes, not_copied = error.outcomes, str(error)
    if as_json:
        typer.echo(json.dumps([asdict(outcome) for outcome in outcomes]))
    else:
        show_outcomes(outcomes)
        out.print(f"published {path_text(settings.published)}", highlight=False, soft_wrap=True)
    if not_copied:
        err.print(f"[red]the file is published, but:[/] {escape(not_copied)}", highlight=False, soft_wrap=True)
        raise typer.Exit(PARTLY_DONE)
    end(outcomes)


def nightly_job() -> JobDefinition:
    """What Dagster runs each night. It takes seconds to import: only a refresh pays for it."""
    from orchestration.definitions import defs

    return defs().get_job_def("nightly")


def show_failed_alert(line: str) -> None:
    """Prints that somebody was not told; the night, and the exit code, stay what they are."""
    err.print(f"[yellow]warning:[/] {markup(line, 500)}", highlight=False, soft_wrap=True)


def show_outcomes(outcomes: Sequence[SourceOutcome]) -> None:
    """A row per source; then what it has to say, and why it failed."""
    columns = ["source", "outcome", "records", "new", "gone", "rejected", "requests"]
    rows = [
        [o.source_name, o.status, *map(text, (o.record_count, o.new_count, o.tombstone_count, o.rejected_count, o.request_count))]
        for o in outcomes
    ]
    out.print(table(columns, rows))
    for outcome in outcomes:
        for note in outcome.notes:
            out.print(f"  {outcome.source_name}: {note}", markup=False, highlight=False, soft_wrap=True)
        if outcome.error:
            err.print(f"[red]{outcome.source_name} failed:[/] {escape(outcome.error)}", highlight=False, soft_wrap=True)


def end(outcomes: Sequence[SourceOutcome]) -> None:
    """Ends the command; where a source failed or was cut off, with an exit code that says so."""
    if any(outcome.status != "succeeded" for outcome in outcomes):
        raise typer.Exit(PARTLY_DONE)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"--date {text!r} is not a date: write YYYY-MM-DD") from None
