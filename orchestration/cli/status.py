"""`groundswell status`: the last nights, how old what readers have is, and what needs a person."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import typer

from orchestration.alerting.channels import has_channel
from orchestration.alerting.facts import Facts
from orchestration.cli.options import AsJson
from orchestration.cli.refresh import show_failed_alert
from orchestration.cli.terminal import err, out, path_text, say, table, text
from orchestration.nightly.alerts import Told, redactor, try_channels, watch
from orchestration.settings import NotDone, Settings, WrongUse

NEEDS_A_PERSON = 1
NOBODY = "nobody is told: neither GROUNDSWELL_ALERT_URLS nor GROUNDSWELL_ALERT_COMMAND is set"
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class NobodyIsTold(NotDone):
    """A trial was asked for, and the settings name nobody."""


def status_command(
    max_age: Annotated[str, typer.Option(metavar="26h", help="How old what readers have may be: 90m, 26h or 2d.")] = "26h",
    alert: Annotated[bool, typer.Option("--alert", help="Tell whom the settings name, but for what they were told already.")] = False,
    attempt: Annotated[bool, typer.Option("--try", help="Only send a message that says it is a trial to whom the settings name.")] = False,
    as_json: AsJson = False,
) -> None:
    """Shows the last nights and what needs a person. Exit code 0: nothing does; 1: something does, or the newest night is too old."""
    settings = Settings()
    if attempt:
        _try(settings)
        return
    told = watch(settings, _age(max_age), is_telling=alert)
    redacted = redactor(settings)
    found = [{"kind": finding.kind, "subject": finding.subject, "line": redacted(finding.line)} for finding in told.findings]
    if as_json:
        typer.echo(json.dumps({**_published(settings, told.facts), "needs_a_person": found, "is_told": told.is_sent}, default=str))
    else:
        _show(settings, told.facts)
        if found:
            out.print(table(["needs a person", "what"], [[item["kind"].replace("_", " "), text(item["line"], 400)] for item in found]))
        else:
            say("nothing needs a person")
    _say_who_was_told(settings, told, alert)
    if found:
        raise typer.Exit(NEEDS_A_PERSON)


def _published(settings: Settings, facts: Facts) -> dict[str, object]:
    age = None if facts.published_at is None else round((facts.now - facts.published_at) / timedelta(hours=1), 2)
    return {
        "published": str(settings.published) if facts.published_at else None,
        "night": facts.published_night,
        "age_hours": age,
        "is_refreshing": facts.is_refreshing,
        "free_bytes": facts.free_bytes,
        "nights": [asdict(row) for row in facts.nights],
    }


def _show(settings: Settings, facts: Facts) -> None:
    if facts.published_at:
        age = (facts.now - facts.published_at) / timedelta(hours=1)
        of = f", night of {facts.published_night}" if facts.published_night else ""
        out.print(f"published {path_text(settings.published)}{of}, {age:.0f} h old", markup=False, highlight=False, soft_wrap=True)
    if facts.is_refreshing:
        say("a refresh is running")
    if facts.nights:
        rows = [
            [str(row.night), "yes" if row.is_published else "no", *map(text, (row.sources, row.failed, row.records, row.new))]
            for row in facts.nights
        ]
        out.print(table(["night", "published", "sources", "failed", "records", "new"], rows, ["sources", "failed", "records", "new"]))


def _say_who_was_told(settings: Settings, told: Told, alert: bool) -> None:
    if alert and not has_channel(settings):
        show_failed_alert(NOBODY)
    for line in told.failures:
        show_failed_alert(line)
    if told.is_sent and not told.failures:
        err.print("told", highlight=False)


def _try(settings: Settings) -> None:
    """Sends a trial; exit code 1 where nobody is named, or one of them did not take it."""
    if not has_channel(settings):
        raise NobodyIsTold(NOBODY)
    failures = try_channels(settings)
    for line in failures:
        show_failed_alert(line)
    if failures:
        raise typer.Exit(NEEDS_A_PERSON)
    say("a trial was sent to all whom the settings name: see that it came")


def _age(written: str) -> timedelta:
    if not (found := re.fullmatch(r"(\d{1,4})([mhd])", written)):
        raise WrongUse(f"--max-age {written!r} is no age: write 90m, 26h or 2d")
    return timedelta(**{UNITS[found[2]]: int(found[1])})
