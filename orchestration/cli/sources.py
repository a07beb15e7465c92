"""`groundswell sources`: what this installation listens to, how it went, and whether it answers."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

import polars as pl
import typer

from connectors import platforms
from orchestration.cli.answers import show_frame
from orchestration.cli.options import PARTLY_DONE, AsJson
from orchestration.cli.terminal import WHOLE, out, table, text
from orchestration.nightly.configuration import read_configuration
from orchestration.nightly.reachability import ask_all
from orchestration.settings import Settings
from orchestration.warehouse.cursors import source_states
from orchestration.warehouse.warehouse import Warehouse


def sources_command(
    check: Annotated[bool, typer.Option("--check", help="Make one cheap request to each.")] = False, as_json: AsJson = False
) -> None:
    """Lists what this installation listens to, and how it went."""
    settings = Settings()
    sources = read_configuration(settings, may_lack_secrets=True).sources
    states = source_states(Warehouse(settings.warehouse))
    answers = asyncio.run(ask_all(sources, settings)) if check else {}
    rows: list[dict[str, Any]] = []
    for source in sources:
        row = {
            "source": source.name,
            "platform": source.platform,
            "channel": platforms()[source.platform].channel,
            **states.get(source.name, {}),
        }
        rows.append(row | ({"answered": answers[source.name].has_answered, "answer": answers[source.name].told} if check else {}))
    if as_json:
        typer.echo(json.dumps(rows))
    elif check:
        columns = ["source", "platform", "answered", "answer"]
        out.print(table(columns, [[text(row.get(column), WHOLE) for column in columns] for row in rows]))
    else:
        columns = ["source", "platform", "channel", "row_count", "last_night", "last_status", "unread_share", "last_error"]
        show_frame(pl.DataFrame({column: [row.get(column) for row in rows] for column in columns}))
    if any(not answer.has_answered for answer in answers.values()):
        raise typer.Exit(PARTLY_DONE)
