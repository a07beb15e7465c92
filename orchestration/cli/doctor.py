"""`groundswell doctor`: whether this installation is sound, and what to do where it is not."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import Annotated

import typer

from connectors.source import SourceError
from orchestration.cli.options import AsJson
from orchestration.cli.terminal import WHOLE, out, table, text
from orchestration.nightly.configuration import read_configuration
from orchestration.nightly.doctor import Finding, examine
from orchestration.nightly.reachability import Asked, ask_all
from orchestration.settings import Settings


def doctor_command(
    offline: Annotated[bool, typer.Option("--offline", help="Ask no source; else one cheap request each.")] = False, as_json: AsJson = False
) -> None:
    """Examines settings, secrets, sources, rights, disk, clock, versions, warehouse, landing, what is published and the last nights."""
    settings = Settings()
    findings = examine(settings, None if offline else _answers(settings))
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        out.print(table(["", "check", "what is found", "what to do"], [_row(finding) for finding in findings]))
    if any(finding.status == "fail" for finding in findings):
        raise typer.Exit(1)


def _row(finding: Finding) -> list[str]:
    return [finding.status, finding.check, text(finding.told, WHOLE), text(finding.remedy, WHOLE)]


def _answers(settings: Settings) -> dict[str, Asked] | None:
    """None where the configuration cannot be read, which the findings say."""
    try:
        sources = read_configuration(settings, may_lack_secrets=True).sources
    except SourceError:
        return None
    return asyncio.run(ask_all(sources, settings))
